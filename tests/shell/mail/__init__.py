"""Tests of shell/mail."""
