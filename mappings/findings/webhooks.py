"""Rows about steps that call an address: code -> page, verdict, what differs, what to do."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "webhook-url": (
        "actions",
        "manual",
        "The step calls {found}; Sequenzy calls https addresses only.",
        "Give the address with https.",
    ),
    "webhook-method": (
        "actions",
        "manual",
        "The step uses the method {method}, which Sequenzy does not offer.",
        "Use POST, GET, PUT, PATCH or DELETE.",
    ),
    "webhook-method-assumed": (
        "actions",
        "changed",
        "The source does not tell by which method it calls; POST is taken.",
        "Name the method if it is another.",
    ),
    "webhook-body": (
        "actions",
        "manual",
        "The body of the call is not JSON, which is all that Sequenzy sends.",
        "Let the receiver take JSON.",
    ),
    "webhook-secret": (
        "actions",
        "manual",
        "The call carries credentials ({headers}) that were left at the source on purpose. It is planned without them.",
        "Fill them in at this step at Sequenzy before the sequence is enabled, or leave the call out.",
    ),
    "webhook-tags": (
        "actions",
        "manual",
        "The call has merge tags that were not translated ({where}).",
        "Write the call with Sequenzy's tags.",
    ),
    "webhook-empty": (
        "actions",
        "changed",
        (
            "The call has no body. Without one Sequenzy would send what it knows of the person and the sequence, so an "
            "empty JSON object is sent."
        ),
        "Take the body away at this step if the receiver should get the person's data.",
    ),
    "webhook-body-left": (
        "actions",
        "changed",
        "The call uses {method} with a body; Sequenzy sends a body with POST, PUT and PATCH only.",
        "Choose POST if the receiver needs the body.",
    ),
}
