"""Tests of importers; samples/ holds logs written after real ones, each with the transcript it must give."""
