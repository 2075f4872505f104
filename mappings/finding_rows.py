"""The rows behind findings.py: code -> page, verdict, what differs, what to do. Sentences for a marketer."""

Row = tuple[str, str, str, str]

ROWS: dict[str, Row] = {
    # --- graph ------------------------------------------------------------------------------------------------
    "no-steps": ("graph", "dropped", "The sequence has no step that does anything.", "Nothing to do."),
    "no-root": (
        "graph",
        "manual",
        "No step is a clear beginning: {found} steps have nothing in front of them.",
        "Look at the sequence at the source and repair its beginning, or rebuild it by hand.",
    ),
    "unreachable": (
        "graph",
        "dropped",
        "No path leads to this step, so nobody reaches it at the source either.",
        "If it should be part of the sequence, connect it at the source and export again.",
    ),
    "duplicate-step": (
        "graph",
        "manual",
        "Two steps have the same id {id}; only the first can be followed.",
        "Repair the sequence at the source and export again.",
    ),
    "dangling-edge": (
        "graph",
        "manual",
        "The path goes on to step {id}, which the export does not hold.",
        "Export again; if the step is still missing, rebuild the rest of this path by hand.",
    ),
    "cycle": (
        "graph",
        "manual",
        "The path leads back to step {id}. Sequenzy does not allow loops, so the path ends here.",
        "Decide how often the loop may run and lay the steps out one after the other, or leave it ended.",
    ),
    "fork": (
        "graph",
        "manual",
        "Several ways lead on from this step without a condition. Who takes which is not known.",
        "Choose one way at the source, or turn the step into a branch, and export again.",
    ),
    "unknown-lane": (
        "graph",
        "manual",
        "A way out that the branch does not have leads on from this step ({lane}).",
        "Repair the branch at the source and export again.",
    ),
    "empty-branch": (
        "graph",
        "manual",
        "The branch has no lane, so nothing says where people go.",
        "Repair the branch at the source and export again.",
    ),
    # --- triggers ---------------------------------------------------------------------------------------------
    "no-trigger": (
        "triggers",
        "manual",
        "The export does not tell what starts this sequence. Its draft starts by hand only.",
        "Choose its start at Sequenzy before you enable it, or confirm that only calls start it.",
    ),
    "api-start": (
        "triggers",
        "changed",
        "Your application starts it by a call to the old platform, which ends with the account.",
        "Let the application call POST /sequences/(id)/enroll instead; the load report names the id.",
    ),
    "api-needs-tag": (
        "triggers",
        "changed",
        "The sequence only keeps people who have the tag {tag}; who is put in by a call without it is stopped at once.",
        "Let the call add the tag {tag}, which starts the sequence by itself.",
    ),
    "form-start": (
        "triggers",
        "manual",
        "The form {form} starts it, and forms cannot be moved. The sequence also starts with the tag {tag}.",
        "Rebuild the form and let it add the tag {tag}.",
    ),
    "feeder": (
        "triggers",
        "changed",
        (
            "Sequenzy allows one kind of trigger a sequence. A small sequence with this trigger adds the tag {tag}, "
            "which starts this one."
        ),
        "Enable the small sequence together with this one.",
    ),
    "feeder-event": (
        "triggers",
        "changed",
        "The event starts it through a small sequence, so the event's own properties are empty in its emails.",
        "Use attributes in the emails, or give up the other triggers.",
    ),
    "event-filter": (
        "triggers",
        "manual",
        "The filter on the event ({what}) cannot be said at Sequenzy. The trigger is left out.",
        "Set the trigger and a filter that fits by hand, or send a more precise event.",
    ),
    "attribute-start": (
        "triggers",
        "changed",
        (
            "No trigger watches an attribute. A segment of people with this value starts it: it looks every "
            "15 minutes, and people who have the value already do not start."
        ),
        "Nothing to do where a quarter of an hour does not matter.",
    ),
    "trigger-unsupported": (
        "triggers",
        "manual",
        "Sequenzy has no trigger like this one ({what}).",
        "Start the sequence by a tag or an event from your application, or by hand.",
    ),
    "inactivity-start": (
        "triggers",
        "changed",
        "Sequenzy looks once an hour, and counts from the last event that it knows itself.",
        "Load the events of the last {days} days first, or people with old events start too early.",
    ),
    "segment-unknown": (
        "triggers",
        "manual",
        "It needs the segment {segment}, which this plan does not create.",
        "Settle the segment first.",
    ),
    "segment-baseline": (
        "triggers",
        "changed",
        (
            "Who is in the segment when the sequence is enabled is not let in. The source has let them in already, "
            "but for those who came in since its last look, which it takes every few minutes."
        ),
        "Enable right after the last export; who came in between is enrolled by hand.",
    ),
    "list-unknown": (
        "triggers",
        "manual",
        "It needs the list {list}, which this plan does not create.",
        "Settle the list first.",
    ),
    "too-many-starts": (
        "triggers",
        "manual",
        "More than 25 tags or lists start it; Sequenzy takes 25.",
        "Give the rest one common tag.",
    ),
    # --- entry, re-entry, sending window ----------------------------------------------------------------------
    "entry-filter": (
        "entry",
        "changed",
        "Everybody enters, and those outside the filter end at the first step: they count as having been in it.",
        "Nothing to do, unless you count entries.",
    ),
    "entry-filter-unsupported": (
        "entry",
        "manual",
        "The filter on who may enter cannot be said at Sequenzy; nobody passes the stand-in.",
        "Replace the stand-in branch by a condition that fits.",
    ),
    "audience-limited": (
        "entry",
        "manual",
        "Something else decides at the source who gets these emails ({limits}); people left out there would get them.",
        "Rebuild it, for instance as a condition in front of the first email, and then say that it is settled.",
    ),
    "audience-vouched-for": (
        "entry",
        "changed",
        "At the source something else decides who gets these emails ({limits}); you said that this is settled.",
        "Nothing to do.",
    ),
    "switched-off": (
        "entry",
        "exact",
        "The sequence is switched off at the source, so its draft must stay off as well.",
        "Enable it only when it should begin to send.",
    ),
    "re-entry-unknown": (
        "entry",
        "changed",
        "The source does not say whether people may enter twice. The draft lets each person in once.",
        "Set the enrolment mode if people should be able to return.",
    ),
    "re-entry-delay": (
        "entry",
        "changed",
        "The source lets people return after {days} days. Sequenzy has no such delay; the draft lets each in once.",
        "Set the enrolment mode to unlimited if they may return at any time.",
    ),
    "re-entry-always": (
        "entry",
        "changed",
        "The source lets a person be in it twice at a time; Sequenzy lets people return after they finished.",
        "Nothing to do in most cases.",
    ),
    "window-zone": (
        "entry",
        "manual",
        "The time zone {zone} of the sending window is not known, so the window is left out.",
        "Name a zone such as Europe/Paris.",
    ),
    "window-night": (
        "entry",
        "manual",
        "The sending window ({start}-{end}) is empty or runs over midnight, which Sequenzy refuses.",
        "Choose a window inside one day.",
    ),
    # --- exits ------------------------------------------------------------------------------------------------
    "exit-before-step": (
        "exits",
        "changed",
        (
            "People leave at once at the source; Sequenzy looks before each step. Nobody gets an email more, but who "
            "{undone} before the next step stays."
        ),
        "Nothing to do.",
    ),
    "exit-not-again": (
        "exits",
        "changed",
        (
            "Who loses the tag {tag} and gets it again begins anew at the source. Here each person enters once: who "
            "has left is not let in again."
        ),
        "Set the enrolment mode to unlimited if everybody may return, also those who finished.",
    ),
    "exit-guard": (
        "exits",
        "changed",
        (
            "Sequenzy has one stop condition a sequence, and another rule holds it. This one is a branch in front of "
            "each email, so people still leave before the next email, though not between other steps."
        ),
        "Nothing to do.",
    ),
    "exit-unsupported": (
        "exits",
        "manual",
        "This rule for leaving cannot be said at Sequenzy, so people would stay in.",
        "Replace it by a tag, list or event that Sequenzy can watch.",
    ),
    "exit-several-tags": (
        "exits",
        "manual",
        "Each of several tags starts it, and who loses theirs leaves. Sequenzy can watch one tag a sequence.",
        "Let one tag start it, and add that one wherever the others are added.",
    ),
    # --- waits ------------------------------------------------------------------------------------------------
    "wait-unknown": (
        "waits",
        "manual",
        "The source does not tell how long this wait is. The path ends here until somebody says it.",
        "Look it up at the source.",
    ),
    "wait-unlikely": (
        "waits",
        "manual",
        "The wait is {found}, which cannot be meant. The path ends here until somebody says how long it is.",
        "Look it up at the source.",
    ),
    "wait-rounded": (
        "waits",
        "changed",
        "Sequenzy counts whole minutes; the wait of {seconds} seconds is rounded up by {more}.",
        "Nothing to do.",
    ),
    "time-unknown": (
        "waits",
        "manual",
        "The source does not tell the time of day of this wait, or in a form that is not known ({found}).",
        "Look it up at the source.",
    ),
    "zone-assumed": (
        "waits",
        "changed",
        "The source names no time zone for this wait; {zone} is taken.",
        "Name the zone if it is another.",
    ),
    "zone-unknown": (
        "waits",
        "manual",
        "The time zone {zone} is not known. The path ends here until somebody names it.",
        "Name a zone such as Europe/Paris.",
    ),
    "time-rounded": (
        "waits",
        "changed",
        "The time of day {time} has seconds; Sequenzy takes whole minutes, so people go on up to a minute earlier.",
        "Nothing to do.",
    ),
    "window-cut": (
        "waits",
        "changed",
        (
            "The window {start}-{end} runs over midnight; Sequenzy's ends at midnight, so people who come later wait "
            "for the next start."
        ),
        "Nothing to do, or use two waits.",
    ),
    "date-unknown": (
        "waits",
        "manual",
        "The wait names no date or attribute that could be read.",
        "Look it up at the source.",
    ),
    "date-from-event": (
        "waits",
        "manual",
        "The wait takes its date from the starting event, but this sequence does not start with an event.",
        "Store the date in an attribute.",
    ),
    "date-missing": (
        "waits",
        "changed",
        "The source does not say what happens to people {whose}; they leave here.",
        "Set the wait's rule for them if they should go on.",
    ),
    "wait-event-unsupported": (
        "waits",
        "manual",
        "Sequenzy can wait for an event, not for this ({what}). The path ends here.",
        "Let your application send an event for it.",
    ),
    "wait-event-days": (
        "waits",
        "changed",
        "Sequenzy waits whole days from 1 to 365: {found} instead of {wanted}.",
        "Nothing to do where the difference does not matter.",
    ),
    "wait-event-before": (
        "waits",
        "changed",
        (
            "The lane is chosen by whether the event came since the person entered, so one that came before the wait "
            "counts as well."
        ),
        "Nothing to do in most cases.",
    ),
    # --- conditions -------------------------------------------------------------------------------------------
    "opened-asked": (
        "conditions",
        "manual",
        "Sequenzy has no condition for opened emails. Until you choose, nobody passes this branch.",
        "Choose segment (opened any email in the last {hours} hours), clicked, or event (untested).",
    ),
    "opened-as-segment": (
        "conditions",
        "changed",
        "Instead of {which}, any email that the person opened in the last {hours} hours counts.",
        "Nothing to do where few other emails go out in that time.",
    ),
    "opened-as-clicked": (
        "conditions",
        "changed",
        "A click counts instead of an opening: fewer people take this lane.",
        "Nothing to do.",
    ),
    "opened-as-event": (
        "conditions",
        "changed",
        (
            "The condition asks for the event email.opened. Sequenzy lists the event, but no document confirms that "
            "conditions see it."
        ),
        "Test it with one contact before you enable the sequence.",
    ),
    "engagement-history": (
        "conditions",
        "changed",
        "Only what people did at Sequenzy counts; emails of the old platform are not known there.",
        "Expect few matches in the first weeks, or carry the old facts as tags.",
    ),
    "field-is-event": (
        "conditions",
        "manual",
        "A branch cannot look at a property of the starting event ({field}).",
        "Store the value in an attribute, and branch on that.",
    ),
    "comparison-unsupported": (
        "conditions",
        "manual",
        "Sequenzy cannot compare {field} this way ({comparison}).",
        "Tag the people who match, and branch on the tag.",
    ),
    "condition-unsupported": (
        "conditions",
        "manual",
        "Sequenzy has no condition like this one ({what}).",
        "Tag the people who match, and branch on the tag.",
    ),
    "condition-segment": (
        "conditions",
        "changed",
        "A branch cannot ask this directly, so a segment made for it is asked.",
        "Do not delete the segment.",
    ),
    "branch-wait-unknown": (
        "conditions",
        "manual",
        "The source does not tell how long it waits before it looks, or waits for ever.",
        "Look it up at the source.",
    ),
    "split-weights": (
        "conditions",
        "manual",
        "The shares of this random split are missing or do not add up.",
        "Set them by hand.",
    ),
    "split-rounded": (
        "conditions",
        "changed",
        "The shares of this random split are rounded to whole percents.",
        "Nothing to do.",
    ),
    "second-fallback": (
        "conditions",
        "dropped",
        "Another lane already takes everybody who matches nothing, so nobody takes this one.",
        "Nothing to do.",
    ),
    # --- actions ----------------------------------------------------------------------------------------------
    "content-missing": (
        "emails",
        "manual",
        "The source did not give the content of this email ({missing}). Nothing is sent in its place.",
        "Paste the subject and the body into mappings.toml.",
    ),
    "email-off": (
        "emails",
        "dropped",
        "This email is switched off at the source, which skips it.",
        "Nothing to do.",
    ),
    "recently-mailed-cap": (
        "emails",
        "changed",
        (
            "The source leaves this email out for somebody who got another one shortly before. This sequence obeys the "
            "account's frequency cap instead, which may count otherwise and does nothing while none is set."
        ),
        "Set a frequency cap for the account at Sequenzy.",
    ),
    "recently-mailed-sent": (
        "emails",
        "changed",
        (
            "The source leaves this email out for somebody who got another one shortly before. Other emails of this "
            "sequence leave in any case, so that here this one does too."
        ),
        "Switch the frequency cap of the sequence on if leaving one out is better than one too many.",
    ),
    "email-blocks": (
        "emails",
        "manual",
        "The email exists as a drag-and-drop design only, without HTML.",
        "Export its HTML at the source and paste it into mappings.toml.",
    ),
    "channel-unsupported": (
        "actions",
        "manual",
        "A message by {channel} is not carried over: consent and senders for that channel differ.",
        "Rebuild it by hand, or leave it out.",
    ),
    "tags-missing": (
        "actions",
        "manual",
        "The source does not tell which tags this step handles.",
        "Look them up at the source.",
    ),
    "tag-collision": (
        "tags",
        "changed",
        "The tag becomes {tag}, and so does {others}: Sequenzy cannot tell them apart.",
        "Rename one of them.",
    ),
    "tag-renamed": (
        "tags",
        "changed",
        "Sequenzy writes the tag as {tag}.",
        "Look for it under this name in your application.",
    ),
    "tag-characters": (
        "tags",
        "changed",
        "The tag {tag} has signs that Sequenzy may strip; the name that comes back is what counts.",
        "Rename it to letters, digits, dots and hyphens.",
    ),
    "tag-blank": (
        "tags",
        "manual",
        "The tag has no usable name.",
        "Rename it.",
    ),
    "attribute-operation": (
        "actions",
        "manual",
        "Sequenzy can set or clear an attribute; it cannot {operation} one.",
        "Let your application do it, or leave it out.",
    ),
    "attribute-value": (
        "actions",
        "manual",
        "The attribute {key} would be set to a value that Sequenzy cannot hold.",
        "Set a text, a number or yes/no.",
    ),
    "consent-unsubscribes": (
        "actions",
        "changed",
        "Sequenzy has no inactive state: the person is unsubscribed, and only they can undo that.",
        "Use a tag instead if people should come back without a new sign-up.",
    ),
    "move-unknown": (
        "actions",
        "manual",
        "The step moves people to another sequence, but {why}. The path ends here.",
        "Choose the sequence at the source and export again.",
    ),
    "move-tag-added": (
        "actions",
        "changed",
        "The other sequence only keeps people who have the tag {tag}, so who is moved there gets it.",
        "Nothing to do, unless the tag starts something else as well.",
    ),
    "move-once": (
        "actions",
        "changed",
        (
            "The other sequence lets each person in once. Who has been in it before, at the source too, does not go "
            "through it a second time when this step hands them over; the source may send it again."
        ),
        "Set its enrolment mode to unlimited if people are meant to go round.",
    ),
    "move-to-itself": (
        "actions",
        "manual",
        "The step starts the same sequence anew, which a running sequence at Sequenzy cannot.",
        "Decide whether the path should end here.",
    ),
    "leave-other": (
        "actions",
        "manual",
        "The step takes people out of another sequence ({name}), for which Sequenzy has no step.",
        "Give that sequence a stop condition on a tag, and add the tag here.",
    ),
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
    "discount-unsupported": (
        "actions",
        "manual",
        "The discount cannot be made from what the source tells ({what}).",
        "Make the discount step by hand; it needs Stripe or Shopify connected.",
    ),
    "discount-provider": (
        "actions",
        "changed",
        "The code is made by {provider} through Sequenzy, which must be connected before the sequence is enabled.",
        "Connect it.",
    ),
    "opaque-step": (
        "actions",
        "manual",
        "A step of an unknown kind ({action}). The path ends here, and what follows is kept behind it.",
        "Look at the step at the source and rebuild it, or leave it out.",
    ),
    "step-caveat": (
        "actions",
        "changed",
        "Beside what the step does, at the source: {what}",
        "Look whether the difference matters here.",
    ),
    "left-out": ("choices", "dropped", "Left out, as you chose in mappings.toml.", "Nothing to do."),
    "step-incomplete": (
        "choices",
        "manual",
        "The source did not tell everything about this step ({missing}). It does nothing until that is filled in.",
        "Look it up at the source and write it into mappings.toml.",
    ),
    "filled-in": ("choices", "changed", "{fields} as given in mappings.toml.", "Nothing to do."),
    # --- segments ---------------------------------------------------------------------------------------------
    "segment-no-rule": (
        "segments",
        "manual",
        "The source does not tell the rules of this segment.",
        "Rebuild it by hand; its members at the time of the export are in the bundle where the source gave them.",
    ),
    "segment-unsupported": (
        "segments",
        "manual",
        "A rule of this segment cannot be said at Sequenzy ({what}).",
        "Tag its members, and use the tag.",
    ),
    "segment-engagement": (
        "segments",
        "changed",
        "It leans on what people did with emails; Sequenzy only knows its own.",
        "Freeze the members with a tag if they are needed from the first day.",
    ),
    # --- resuming ---------------------------------------------------------------------------------------------
    "resume-lane": (
        "resuming",
        "changed",
        (
            "They enter by a lane of their own and go on at this step at the moment that their attribute names. Emails "
            "that they were sent before are not known to Sequenzy."
        ),
        "Remove the lanes when nobody waits in them any more.",
    ),
    "resume-finished": (
        "resuming",
        "exact",
        "They finished or left at the source. Where people may enter once, an attribute keeps them from starting anew.",
        "Nothing to do.",
    ),
    "resume-removed": (
        "resuming",
        "changed",
        (
            "They were taken out at the source, which may let them in again when something starts them anew. An "
            "attribute keeps that from happening here."
        ),
        "Clear the attribute of those who may return.",
    ),
    "resume-twice": (
        "resuming",
        "manual",
        "Two people of the source have this one address and stand in the sequence at once. They are not put in.",
        "Decide where the address goes on, and enrol it by hand.",
    ),
    "resume-nothing-left": (
        "resuming",
        "exact",
        "Nothing follows for them but the end.",
        "Nothing to do.",
    ),
    "resume-ambiguous": (
        "resuming",
        "manual",
        "Several steps fit the times of these people. They are not put in, and cannot start anew by themselves.",
        "Decide for each where to go on, or leave them out.",
    ),
    "resume-unknown": (
        "resuming",
        "manual",
        "No step fits what the source tells about these people. They are not put in, and cannot start anew.",
        "Look them up at the source.",
    ),
    "resume-paused": (
        "resuming",
        "manual",
        "They were paused at the source. They are not put in.",
        "Put them in by hand when they should go on.",
    ),
    "resume-error": (
        "resuming",
        "manual",
        "The source had stopped them because of an error. They are not put in.",
        "Look at the error at the source.",
    ),
    "resume-status": (
        "resuming",
        "manual",
        "The source gives them a state that is not known. They are not put in.",
        "Look them up at the source.",
    ),
    "resume-no-time": (
        "resuming",
        "manual",
        "It is known where they stand, but not when they go on. They are not put in.",
        "Look up the time at the source.",
    ),
    "resume-stand-in": (
        "resuming",
        "manual",
        "They stand at a step that needs a person first.",
        "Settle the step, and plan again.",
    ),
    "resume-looks-back": (
        "resuming",
        "manual",
        (
            "A branch ahead of them looks at clicks or events from before the move, which Sequenzy does not know: they "
            "would take the wrong lane."
        ),
        "Put them in behind that branch by hand.",
    ),
    "resume-stopped": (
        "resuming",
        "manual",
        "The stop condition of the sequence would take them out at once.",
        "Look whether they should still be in it.",
    ),
    "resume-not-subscribed": (
        "resuming",
        "dropped",
        "They may not be mailed any more, so no sequence goes on for them.",
        "Nothing to do.",
    ),
    "resume-no-contact": (
        "resuming",
        "manual",
        "The export has no usable address for them.",
        "Look them up at the source.",
    ),
}
