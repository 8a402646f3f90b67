"""One module for each kind of caller: it reads the caller's event and writes the caller's kind of answer."""
