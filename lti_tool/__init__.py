"""The edge of Giơ Tay: browsers, LMSs, pages, the question bank, people."""
