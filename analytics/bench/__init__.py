"""How well the student model foretells answers, on files like those of ASSISTments 2009. Needs development packages."""
