"""Information systems of the region: each an adapter that reads a file or an address into records with editions."""
