"""`make docs`: write the reference's tables anew from the code."""

from tests.docs.tables import write

if __name__ == "__main__":
    write()
