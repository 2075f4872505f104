"""MailerLite (the platform at connect.mailerlite.com) as a source."""
