"""What carries a conversation: sockets, TLS, time limits, and the pump between them and the protocol core.

The only layer with sockets.  Blocking on purpose: a loop of one's own needs nothing but fileno() and poll().

    endpoint.py     URL -> Endpoint
    transport.py    the seam: what any carrier of octets can do
    tcp.py  tls.py  memory.py    carriers
    options.py  proxy_protocol.py    how a TCP connection is made, and what a proxy says before all else
    dns.py          mail exchangers of a domain
    tls_report.py  certificates.py  tls_failures.py    what a handshake proved, or why it failed
    timeouts.py     how long each phase may take
    session.py      Session: Transport <-> Connection, observers, one method a verb
    listener.py     the other side: accepts connections
    duplex.py       two connections joined, for who stands between
"""
