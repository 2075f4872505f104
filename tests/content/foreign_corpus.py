"""Merge tags of every platform in the table, as its own documents write them; and plain text that only looks alike."""

from __future__ import annotations

FOREIGN: dict[str, tuple[str, ...]] = {
    "Mailchimp": (
        *("*|FNAME|*", "*|fname|*", "*|IF:MERGE5=Avalon Mall|*", "*|ELSE:|*", "*|END:IF|*", "*|LIST:ADDRESSLINE|*"),
        *("*|DATE:d/m/Y|*", "*|IF:TOTAL&gt;5|*", "*&#124;FNAME&#124;*", "*%7CFNAME%7C*", "*|<b>FNAME</b>|*"),
        *("|FNAME|*", "*|HTML:LIST_ADDRESS_HTML|*", "*|UNSUB|*", "*|INTERESTED:Category:Group A,Group B|*"),
    ),
    "ActiveCampaign": (
        *("%FIRSTNAME%", "%firstname%", "%UNSUBSCRIBELINK%", "%GEO-COUNTRY%", "%FIRSTNAME|there%", "%TODAY+7%"),
        *("%IF in_array('Customer', $TAGS)%", '%ELSEIF $PLAN == "pro"%', "%ELSE%", "%/IF%", "%25FIRSTNAME%25"),
        *("%SENDER-INFO-SINGLELINE%", "%MY_FIELD%", "&#37;EMAIL&#37;", "%<strong>FIRSTNAME</strong>%"),
    ),
    "Mailgun": ("%recipient.name%", "%unsubscribe_url%", "%promo_code%"),
    "KlickTipp": ("%Subscriber:CustomFieldFirstName%", "%Link:Unsubscribe%"),
    "Salesforce": ("%%FirstName%%", "%%First Name%%", "%%=v(@x)=%%", "%%unsubscribelink%%", "{!Contact.FirstName}"),
    "Salesforce Marketing Cloud": ("%%[ set @x = 1 ]%%",),
    "Selligent": ("~FIRST_NAME~",),
    "AWeber": ("{!firstname_fix}", "{!email}"),
    "MailerLite": ("{$name}", "{$name|default('there')}", "{$unsubscribe}", "{link-id:1}", "{$company}"),
    "Mautic": (
        *(
            "{contactfield=firstname}",
            "%7Bcontactfield=firstname%7D",
            "{contactfield=firstname|there}",
            "{pagelink=17}",
        ),
        *("{unsubscribe_url}", "{webview_text}", '{dynamiccontent="Dynamic Content 1"}', "{ownerfield=firstname}"),
    ),
    "Loops": (
        *("{DATA_VARIABLE:x}", "{EVENT_PROPERTY:itemName}", "{contact.firstName}", "{data.resetUrl}", "{firstName}"),
        *("{system.unsubscribe_link}", "{unsubscribe_link}"),
    ),
    "Brevo": (
        "{unsubscribe}",
        "{FIRSTNAME}",
        "{NAME}",
        "[UNSUBSCRIBE]",
        "[MIRROR]",
        "[DEFAULT_HEADER]",
        "{First Name}",
    ),
    "Ghost": ('{name, "there"}', "{first_name, &quot;you&quot;}"),
    "SendGrid": ("<%body%>", "[%first_name | there%]", "[unsubscribe]", "[weblink]", "&lt;%body%&gt;"),
    "JSP": ("<%= user.name %>", "<% if (a) { %>", "${user.firstName}", "#{user.name}"),
    "PHP": ("<?= $name ?>", "<?php echo $x; ?>"),
    "Campaign Monitor": ("[firstname,fallback=there]", "[Name,fallback=]", "[if:plan=pro]", "<unsubscribe>"),
    "MailPoet": ("[subscriber:firstname | default:reader]", "[link:subscription_unsubscribe]"),
    "Mailwizz": ("[FNAME]", "[UNSUBSCRIBE_URL]", "[First Name]", "[COMPANY_NAME]"),
    "Mailjet": ('[[data:firstname:"x"]]', "[[UNSUB_LINK_EN]]"),
    "Constant Contact": ("[[firstname]]", '[[FIRSTNAME OR "Friend"]]'),
    "Omnisend": ("[[ contact.firstName ]]",),
    "Zoho Campaigns": ("$[FNAME]$", "$[LI:UNSUBSCRIBE]$"),
    "Keap": ("~Contact.FirstName~",),
    "Moosend": ("#recipient:name#", "#FirstName#", "#unsubscribeLink#"),
    "Apsis": ("##FirstName##",),
    "Dotdigital": ("@FIRSTNAME@",),
    "Responsys": ("$FIRST_NAME$", "$first name$"),
    "Freshmail": ("$$name$$",),
    "Mailcoach": ("::subscriber.first_name::", "::unsubscribeUrl::"),
    "E-goi": ("!fname",),
    "Yet Another Mail Merge": ("&lt;&lt;First name&gt;&gt;",),
    "Word": ("«FirstName»", "«Vorname»"),
    "Django": ("{# note #}",),
}
"""Platform to tags of it. None is in a language that is read, so each must be found and hold its email."""

OTHER_LANGUAGES = ("{vorname}", "[Vorname]", "{prénom}", "%Nachname%", "{voornaam}", "[Apellido]", "{imie}", "%nome%")

IN_BRACES: dict[str, tuple[str, ...]] = {
    "Handlebars": ("{{#if plan}}", "{{/if}}", "{{> footer}}", "{{! note }}", "{{else}}"),
    "listmonk": ("{{ .Subscriber.FirstName }}", "{{ if eq .Subscriber.Attribs.city 1 }}", "{{ UnsubscribeURL }}"),
    "HubSpot": ("{{ personalization_token('contact.firstname', 'there') }}", "{{ contact.firstname }}"),
    "Mailjet": ('{{data:firstname:"there"}}', "{{var:x}}"),
    "Braze": ("{{${first_name}}}",),
    "Marketo": ("{{lead.First Name:default=you}}",),
    "SendGrid": ('{{insert first_name "default=there"}}', "{{{weblink}}}"),
    "Customer.io": ("{{ customer.first_name }}", "{% cio_link url:https://x.test %}"),
}
"""In double braces, where the language's own scanner finds them and can make nothing of them."""

PLAIN = (
    # Numbers
    "100% of nothing is 0%",
    "5% now, 10% later and 100%!",
    "SAVE 20%OFF 30%MORE 100%COTTON%",
    "Price: $5 and $10, US$20 or 5$, 10%-20% off, 5 %",
    "we gave 110%. 100%_sure_100% 50%/50% 3%P.A.%",
    "<p>&nbsp;100&nbsp;%&nbsp;of&#37; a</p>",
    # Addresses
    '<a href="https://x.test/a%20b%2Fc?d=%C3%A9t%C3%A9&amp;e=%E2%82%AC%20x">x</a>',
    "https://x.test/?q=caf%C3%A9TE%20x&filter%5Bname%5D=1&user[email]=2&ids[]=3",
    "https://x.test/?a=%7B%22name%22%3A%22x%22%7D and %20NAME%20 and %2C%2C",
    "/users/{id}/posts/{post_id}",
    "user@example.com @name and #hashtag #another#",
    # Style sheets
    "<p style='width:100%;height:50%;MAX-WIDTH:100%'>width:100%;height:50% calc(100% - 20px)</p>",
    "<style>@media screen{.a{width:100%}.b{color:red}}.c{COLOR}.d{content:'{name}'}</style>",
    '<style>a[class="name"]{x:y} .a::before{content:"{name}"} #{name}{}</style> #fff #ffffff #FFF;',
    # Outlook
    '<!--[if mso]><table><tr><td width="100%"><![endif]-->',
    '<!--[if (gte mso 9)|(IE)]><v:rect fillcolor="#ff0000" size="100%,100%"/><![endif]-->',
    "<!--[if !mso]><!--> x <!--<![endif]--> <!--[if mso | IE]>y<![endif]-->",
    '<o:p></o:p><?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" />',
    # Data and code
    '<script type="application/ld+json">{"@context":"http://schema.org","name":"View","url":["https://x.test/"]}</script>',
    "<script>const {name} = user; let s = `Hi ${name}`; function f(email){return {email}} x[name]=1;a=[[b]]</script>",
    "<pre>function greet(name) { return `Hi ${name}`; }</pre>",
    '<code>printf("%s %d %1$s %(name)s %-10s", x)</code> <code>x = {name}</code>',
    "%s is %d years and %5.2f%% of %Y-%m-%d %H:%M:%S",
    "if (!email) { return; }",
    "let x = {name};",
    "console.log(`${name}`);",
    'print(f"Hello {name}")',
    '{"name": "x", "list": [1,2], "pair": [["a","b"]]} [[1,2],[3,4]]',
    "a << b >> c; cout << name << endl; std::string::npos 1 < 2 and 3 > 2 %",
    r"C:\Users\%USERNAME%\x and %APPDATA%\x and %PATH% $HOME/bin:$PATH",
    r"LaTeX \textbf{bold} \frac{a}{b}",
    # Brackets and signs
    "[Update] We moved [1] [2] [sic] [...] [email protected] [x] done [ ] open",
    "Subject: [Acme] Your invoice [#123] [Action required] confirm [ref:abc123] [note: see below] [12:30]",
    '<a href="https://x.test/">[Unsubscribe]</a> [<a href="x">unsubscribe</a>] [Unsubscribe](https://x.test/u)',
    "[View in browser] View it: [https://x.test]",
    "“Hello” ‘world’ „Tag“ «Bonjour tout le monde» <<Bonjour>> He said “{” and “}”",
    "* one | two * three | four | *a*| *b* | a|b|c *|* |* 2*|x|*3",
    "~~deleted~~ ~approx~ --name-- -name- Wow! !important !x",
    "AT&T &copy; &amp; &lt;3 R&D 5%/year",
    "{ } {} {1} {0} {a} {a: 1}, {x, y} and set {2,3}",
    "## Title ## and # name #",
)
"""Each line stays as it is and is `exact`."""
