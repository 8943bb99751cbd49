"""Everything that draws. Components take values and return values; they know no HTTP and no SQL."""
