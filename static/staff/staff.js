/* Makes nicer what works without. Each page's part starts only where its elements are. */
