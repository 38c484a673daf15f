"""Tests of shell/declaration."""
