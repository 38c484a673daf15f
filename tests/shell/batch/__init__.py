"""Tests of shell/batch."""
