"""What carries a conversation: sockets, TLS, time limits, and the pump between them and the protocol core.

The only layer with sockets.  Blocking on purpose: a loop of one's own needs nothing but fileno() and poll().

    endpoint.py     URL -> Endpoint
    transport.py    the seam: what any carrier of octets can do
    tcp.py  tls.py  memory.py    carriers
    timeouts.py     how long each phase may take
    session.py      Session: Transport <-> Connection, observers, one method a verb
    listener.py     the other side: accepts connections
"""
