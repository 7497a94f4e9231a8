"""Lessons: prepared (`editing`), made ready for a run (`decks`), taught (`running`), entered (`joining`)."""
