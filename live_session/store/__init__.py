"""The log in a database. The statements are written once, as generators (`log`), and driven by a synchronous driver
(the web pages) or an asynchronous one (the live server)."""
