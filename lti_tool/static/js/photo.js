/* A photo beside an answer: made small on the phone, kept there, sent in pieces that go on where they stopped. Loaded
   only where a question takes photos. */

const LONGEST_SIDE = 1600;
const QUALITIES = [0.82, 0.65, 0.45];
const MOST_BYTES = 2 * 1024 * 1024;
const PIECE = 128 * 1024;
const PARKED = new Set([400, 403, 413, 422]);

/** The picture as JPEG of at most 2 MB, upright and without metadata. Rejects when it cannot be read. */
export async function shrink(file, longest = LONGEST_SIDE) {
  const picture = await read(file);
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob && blob.size <= MOST_BYTES) return blob;
  }
  throw new Error("too large");
}

/** The picture of a file, which tells its width and height. Rejects when it is none. */
export function read(file) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    const address = URL.createObjectURL(file);
    picture.onload = () => {
      URL.revokeObjectURL(address);
      resolve(picture);
    };
    picture.onerror = reject;
    picture.src = address;
  });
}

/** Sends a photo: resolves to null when the server has all of it, or to the code of a refusal that stays. Rejects when
   it should be tried again. `ticket()` is the lesson's ticket, `told(share)` hears how far it is. */
async function send(address, id, blob, ticket, told) {
  let offset = (await piece(address, id, blob, 0, 0, ticket())).offset;
  while (offset != null) {
    told(offset / blob.size);
    const answer = await piece(address, id, blob, offset, PIECE, ticket());
    if (answer.code) return answer.code;
    if (answer.whole) return null;
    offset = answer.offset;
  }
  return "internal";
}

/** The photo of an answer that this phone keeps. */
export async function sendKept(store, { value }, address, ticket, told) {
  const kept = await store.get("photos", value.photo);
  return kept ? send(address, value.photo, kept.blob, ticket, told) : "invalid_value";
}

/** One's own photo: from this phone, else from the server; null where neither has it. */
export async function ownPhoto(store, id, address, ticket) {
  const kept = await store.get("photos", id).catch(() => null);
  return kept ? kept.blob : fetchOwn(address, id, ticket).catch(() => null);
}

async function piece(address, id, blob, offset, size, ticket) {
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${ticket}`,
      "Content-Type": "application/octet-stream",
      "Upload-Id": id,
      "Upload-Offset": String(offset),
      "Upload-Length": String(blob.size),
    },
    body: await blob.slice(offset, offset + size).arrayBuffer(),
    credentials: "omit",
  });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok || answer.status === 409) return said;
  if (PARKED.has(answer.status)) return { code: said.code ?? "invalid_value", offset: 0 };
  throw new Error(said.code ?? String(answer.status));
}

/** One's own photo as the server has it; null when it has none. */
async function fetchOwn(address, id, ticket) {
  const answer = await fetch(`${address}/${id}`, {
    headers: { Authorization: `Bearer ${ticket}` },
    credentials: "omit",
  });
  return answer.ok ? answer.blob() : null;
}
