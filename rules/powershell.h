/*
 * rules/powershell.h - values as PowerShell literals, and commands made of them.
 *
 * A name may hold quotes, "$()", wildcards or line ends (threat A22). Everything is written between
 * single quotes, where PowerShell expands nothing; the quote itself is doubled, and so are the four
 * typographic quotes that PowerShell takes for one (about_Quoting_Rules). Characters that would
 * break the line or deceive its reader are written by number: ('a' + [char]10 + 'b'). A command is
 * always one line.
 */
#ifndef SECUDOC_RULES_POWERSHELL_H
#define SECUDOC_RULES_POWERSHELL_H

#include "rules/exo.h"

/*
 * What the reader fills in. A variable that nobody set is $null in PowerShell, and $null takes a member away: the
 * loop mark's exception, for one. So the command stops there before it does anything.
 */
#define POWERSHELL_FILLED(name) \
	"$(if ($" name ") { $" name " } else { throw 'set $" name " first' })"

/* powershell_quote() - ERR_SYNTAX: NUL, or not UTF-8. */
MUST_USE enum err powershell_quote(struct span text, struct buf *out);
/* powershell_value() - $true, 7, 'text', @('a', 'b'); a secret is POWERSHELL_FILLED("secret"). */
MUST_USE enum err powershell_value(const struct exo_value *v, struct buf *out);
/*
 * powershell_set() - "Set-InboundConnector -Identity 'SecuDoc In' -RequireTls $true", for one
 * member; of a rule's Enabled "Enable-TransportRule" or "Disable-TransportRule". Nothing is written
 * when no cmdlet of Exchange Online sets it (a group's Type, an accepted domain).
 */
MUST_USE enum err
powershell_set(const struct exo_object *o, const struct exo_member *m, struct buf *out);
/* powershell_unset() - the same, to take a member away: $null, or $false. */
MUST_USE enum err
powershell_unset(const struct exo_object *o, const struct exo_member *m, struct buf *out);
/*
 * powershell_new() - the whole object: "New-TransportRule -Name ...". What only Set- takes follows
 * as a second command behind "; ". Nothing is written for an accepted domain: Microsoft 365 makes
 * those.
 */
MUST_USE enum err powershell_new(const struct exo_object *o, struct buf *out);

#endif
