"""Login, launch and registration: what an LMS and a browser say to us before anybody sees a page."""
