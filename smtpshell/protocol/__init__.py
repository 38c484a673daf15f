"""SMTP understood, without any I/O: commands and octets in, octets and events out.

    connection.py       Connection: the client's side; the one door for most users
    command_reader.py   CommandReader: the server's ear
    states.py           the states and every move, one table, with the theory of operation above it
    commands.py  replies.py  events.py  facts.py    the values that go in and come out
    command_parser.py  secret_spans.py              a line read as a command, and what of it is a secret
    content.py  receive_buffer.py                   octets to content and lines, cut anywhere
    findings.py  judges/                           the rules, and who finds a breach of one

Tables that everything else is fed from: verbs.py, sequences.py, reply_codes.py, enhanced_status_codes.py,
extensions.py, parameters.py, limits.py; the grammar is in abnf.py.  What usually causes a thing, and what to try,
is in advice/.

Nothing here knows of sockets, clocks or files; a test reads every import to keep it so.
"""
