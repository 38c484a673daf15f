"""Conversations as files: read, write, record, replay.

A transcript is at once what a person reads in a bug report, the input of a replay and the expectation of a
test.  No sockets here: a replay is given a Session.

    escapes.py    any octets <-> one line of text
    model.py      Transcript, and what it is made of
    syntax.py     text <-> Transcript
    redaction.py  Secrets: what may never be written or shown
    recorder.py   Recorder: an observer of a Session that writes the file
    steps.py      what to send and what to await, in order
    matching.py   how much of a reply must be the same
    pairing.py    which reply belongs to which command
    answers.py    what stands for ``${name}``; what a SASL mechanism answers where ``${auth}`` stands
    contents.py   content kept in a file of its own
    sides.py      the recorded conversation and the live one, side by side
    replay.py     replay(): the C side is sent, the S side compared
    replay_result.py    what came of it
    replay_many.py      many transcripts against many servers at once
    junit.py            results as JUnit XML
    turns.py            a command with its content and its replies, cut out of a transcript
    compare.py          two transcripts, aligned turn by turn
    shrink.py           what is left of a transcript while a fault still shows
    expectation.py, watch.py        what a reply is held to, in a few words
    anonymity.py, pseudonyms.py, masking.py     a transcript that names nobody
    script.py     the server's side: what to hear, and what to say and do then
    client_lines.py     whether a client says what the transcript has it say
    scripted_conversation.py, scripted_server.py    play it: octets in, beats out; on a port
    joining.py          two sides overheard: octets of both in, a recording out
    proxy.py  proxied.py            between clients and a server; what came of each conversation
    importers/    what other tools print, as transcripts
    exporters/    transcripts in the forms of others
"""
