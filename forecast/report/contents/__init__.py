"""What documents hold, computed: a report, the answers of verbs, and the track of earlier reports."""
