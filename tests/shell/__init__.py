"""Tests of the shell's language: no terminal, real sockets, the practice server or a scripted one."""
