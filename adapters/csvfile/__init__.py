"""Files as a source: contact exports of any platform, emails in a folder, sequences written down by hand."""
