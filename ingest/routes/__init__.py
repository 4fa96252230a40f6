"""One door a file: from a request to an answer."""
