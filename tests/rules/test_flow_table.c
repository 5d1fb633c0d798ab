/*
 * What each condition answers, and on which fact. A row states the fact; answer and fact must be those of
 * the first check of the last rule, for the first recipient. Expected answers come from the sentences of
 * Microsoft's pages that the facts cite (rules/flow_facts.c), never from what the program says.
 *
 * Every fact that a condition can cite has a row; documented and reported ones have a yes and a no.
 */
#include "flow_case.h"

#include "rules/flow_int.h"

#define YES  RULE_YES
#define NO   RULE_NO
#define OPEN RULE_UNKNOWN

#define WORDS(words)       "HeaderContainsMessageHeader: X-A\nHeaderContainsWords: " words
#define PATTERNS(patterns) "HeaderMatchesMessageHeader: X-A\nHeaderMatchesPatterns: " patterns

static const struct row {
	const char *fact;
	enum rule_answer want;
	const char *rule, *mail;
} rows[] = {
	/* words: "contoso" matches " Contoso", not Acontoso, Contosoa, Acontosob (Microsoft's examples) */
	{ "words-whole", YES, WORDS("contoso"), "h X-A: Contoso" },
	{ "words-whole", NO, WORDS("contoso"), "h X-A: Acontoso" },
	{ "words-whole", NO, WORDS("contoso"), "h X-A: Contosoa" },
	{ "words-whole", NO, WORDS("contoso"), "h X-A: Acontosob" },
	{ "words-whole", YES, WORDS("contoso"), "h X-A: the CONTOSO company" },
	{ "words-whole", YES, WORDS("contoso"), "h X-A: (contoso)" },
	{ "words-whole", YES, WORDS("contoso"), "h X-A: contoso,fabrikam" },
	{ "words-whole", YES, WORDS("contoso"), "h X-A: www.contoso.com" },
	{ "words-whole", YES, WORDS("contoso"), "h X-A: Acontoso contoso" },
	{ "words-whole", YES, WORDS("1"), "h X-A: 1" },
	{ "words-whole", YES, WORDS("1"), "h X-A: 1.0" },
	{ "words-whole", YES, WORDS("1"), "h X-A: v-1" },
	{ "words-whole", NO, WORDS("1"), "h X-A: v1" },
	{ "words-whole", NO, WORDS("1"), "h X-A: 10" },
	{ "words-whole", NO, WORDS("1"), "h X-A: 0" },
	{ "words-whole", YES, WORDS("1.0"), "h X-A: 1.0" },
	{ "words-whole", YES, WORDS("1.0"), "h X-A: 1.0 token" },
	{ "words-whole", YES, WORDS("1.0"), "h X-A: 1.0.1" },
	{ "words-whole", NO, WORDS("1.0"), "h X-A: 11.0" },
	{ "words-whole", NO, WORDS("1.0"), "h X-A: 1.01" },
	{ "words-whole", NO, WORDS("1.0"), "h X-A: 1 0" },
	{ "words-whole", NO, WORDS("1.0"), "h X-A: 1x0" },
	{ "words-whole", YES, WORDS("red | blue"), "h X-A: blue" },
	{ "words-whole", NO, WORDS("red | blue"), "h X-A: green" },
	{ "words-whole", YES, WORDS("stock price"), "h X-A: the Stock Price today" },
	{ "words-whole", NO, WORDS("stock price"), "h X-A: stock prices" },
	{ "words-whole", NO, WORDS("con*"), "h X-A: contoso" },
	{ "words-whole", YES, WORDS("con*"), "h X-A: con* or" },
	{ "words-whole", NO, WORDS("contoso"), "h X-A:" },
	{ "words-whole", YES, "SubjectContainsWords: invoice", "h Subject: Your invoice!" },
	{ "words-whole", NO, "SubjectContainsWords: invoice", "h Subject: Your invoices" },
	{ "words-whole", YES, "SubjectContainsWords: f\xC3\xA9vrier",
	    "h Subject: le F\xC3\xA9VRIER" },
	{ "letter-case", OPEN, "SubjectContainsWords: f\xC3\xA9vrier",
	    "h Subject: le F\xC3\x89VRIER" },
	{ "words-whole", YES, "SubjectContainsWords: f\xC3\xA9vrier",
	    "h Subject: F\xC3\x89VRIER f\xC3\xA9vrier" },
	/* the Kelvin sign, the long s, the sharp s */
	{ "letter-case", OPEN, WORDS("k"), "h X-A: 1 \xE2\x84\xAA" },
	{ "letter-case", OPEN, WORDS("\xE2\x84\xAA"), "h X-A: 1 K" },
	{ "letter-case", OPEN, WORDS("s"), "h X-A: \xC5\xBF" },
	{ "words-whole", NO, WORDS("strasse"),
	    "h X-A: stra\xC3\x9F"
	    "e" },
	{ "letter-case", OPEN, PATTERNS("^\\s*s$"), "h X-A: \xC5\xBF" },
	{ "letter-case", OPEN, PATTERNS("\\s1\\.0 tok"), "h X-A: x 1.0 to\xE2\x84\xAA" },
	{ "letter-case", OPEN, PATTERNS("\xC3\xA9"), "h X-A: \xC3\x89" },
	{ "patterns", YES, PATTERNS("\xC3\xA9"), "h X-A: \xC3\xA9" },
	{ "pattern-case", YES, PATTERNS("F\xC3\xA9"), "h X-A: f\xC3\xA9" },
	{ "pattern-case", YES, PATTERNS("F\\Sv"), "h X-A: f\xC3\xA9V" },
	{ "patterns", NO, PATTERNS("\\Dx"), "h X-A: 1X" },
	{ "words-whole", YES, "FromAddressContainsWords: anna", "" },
	{ "words-whole", NO, "FromAddressContainsWords: ann", "" },
	{ "words-whole", YES, "FromAddressContainsWords: contoso", "" },
	{ "words-whole", YES, "RecipientAddressContainsWords: FABRIKAM", "" },
	{ "words-whole", NO, "RecipientAddressContainsWords: fabri", "" },
	{ "words-neighbour", OPEN, WORDS("1"), "h X-A: v_1" },
	{ "words-neighbour", OPEN, WORDS("1"), "h X-A: 1+1" },
	{ "words-neighbour", OPEN, WORDS("1"), "h X-A: $1" },
	{ "words-neighbour", OPEN, WORDS("1"), "h X-A: <1>" },
	{ "words-neighbour", OPEN, WORDS("caf"), "h X-A: caf\xC3\xA9" },
	{ "words-neighbour", OPEN, WORDS("contoso"),
	    "h X-A: \xE2\x80\x9C"
	    "contoso\xE2\x80\x9D" },
	{ "words-whole", YES, WORDS("1"), "h X-A: v_1 1" },
	{ "words-whole", NO, WORDS("1"), "h X-A: a1_" },

	/* patterns; ^fred@contoso and contoso.com$ are Microsoft's examples */
	{ "header-blank", OPEN, PATTERNS("^fred@contoso"), "h X-A: fred@contoso.com" },
	{ "header-blank", OPEN, PATTERNS("^x"), "h X-A: x" },
	{ "header-blank", OPEN, PATTERNS("^1$"), "h X-A: 1" },
	{ "header-blank", OPEN, PATTERNS("^\\s1"), "h X-A: 1" },
	{ "patterns", YES, "FromAddressMatchesPatterns: ^fred@contoso", "from: fred@contoso.com" },
	{ "patterns", YES, "FromAddressMatchesPatterns: ^fred@contoso",
	    "from: fred@contoso.co.uk" },
	{ "patterns", NO, "FromAddressMatchesPatterns: ^fred@contoso", "from: alfred@contoso.com" },
	{ "patterns", YES, "FromAddressMatchesPatterns: contoso\\.com$", "from: adam@contoso.com" },
	{ "patterns", YES, "FromAddressMatchesPatterns: contoso\\.com$",
	    "from: kim@research.contoso.com" },
	{ "patterns", NO, "FromAddressMatchesPatterns: contoso\\.com$",
	    "from: kim@contoso.com.au" },
	{ "patterns", YES, "FromAddressMatchesPatterns: @contoso\\.nl$", "" },
	{ "patterns", NO, "FromAddressMatchesPatterns: @contoso\\.nl$", "from: a@x.contoso.nl" },
	{ "patterns", YES, "RecipientAddressMatchesPatterns: @fabrikam\\.com$", "" },
	{ "patterns", NO, "RecipientAddressMatchesPatterns: @contoso\\.com$", "" },
	{ "patterns", YES, "SubjectMatchesPatterns: \\d\\d\\d-\\d\\d-\\d\\d\\d\\d",
	    "h Subject: it is 123-45-6789" },
	{ "patterns", NO, "SubjectMatchesPatterns: \\d\\d\\d-\\d\\d-\\d\\d\\d\\d",
	    "h Subject: it is 123-456789" },
	{ "patterns", YES, PATTERNS("ab*c"), "h X-A: ac" },
	{ "patterns", YES, PATTERNS("ab*c"), "h X-A: abbbbc" },
	{ "patterns", NO, PATTERNS("ab*c"), "h X-A: adc" },
	{ "patterns", YES, PATTERNS("xa(bc)*y"), "h X-A: xay" },
	{ "patterns", YES, PATTERNS("xa(bc)*y"), "h X-A: xabcbcy" },
	{ "patterns", NO, PATTERNS("xa(bc)*y"), "h X-A: xaby" },
	{ "patterns", YES, PATTERNS("(one|two)"), "h X-A: two" },
	{ "patterns", NO, PATTERNS("(one|two)"), "h X-A: three" },
	{ "patterns", YES, PATTERNS("\\(525\\)"), "h X-A: (525)" },
	{ "patterns", NO, PATTERNS("\\(525\\)"), "h X-A: 525" },
	{ "patterns", YES, PATTERNS("^\\s*1\\s*$"), "h X-A: 1" },
	{ "patterns", NO, PATTERNS("^\\s*1\\s*$"), "h X-A: 1.0" },
	{ "patterns", NO, PATTERNS("^\\s*1\\s*$"), "h X-A: 11" },
	{ "patterns", NO, PATTERNS("^\\s*1\\s*$"), "h X-A: 1 1" },
	{ "patterns", YES, PATTERNS("^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$"), "h X-A: 1.0 tok2" },
	{ "patterns", NO, PATTERNS("^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$"), "h X-A: 1.0 tok3" },
	{ "patterns", NO, PATTERNS("^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$"), "h X-A: 1.0" },
	{ "patterns", NO, PATTERNS("^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$"), "h X-A: 1x0 tok1" },
	{ "patterns", NO, PATTERNS("^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$"), "h X-A: 1.0 tok1 tok2" },
	{ "patterns", YES, PATTERNS("\\w\\w"), "h X-A: \xC3\xA9\xC3\xA8" },
	{ "patterns", NO, PATTERNS("\\w"), "h X-A: _-_" },
	{ "patterns", YES, PATTERNS("\\d"), "h X-A: \xD9\xA3" },
	{ "patterns", YES, PATTERNS("\\S"), "h X-A: x" },
	{ "patterns", NO, PATTERNS("\\S"), "h X-A:" },
	{ "patterns", YES, PATTERNS("x\\Sz"), "h X-A: xyz" },
	{ "patterns", NO, PATTERNS("x\\Sz"), "h X-A: x z" },
	{ "patterns", YES, PATTERNS("x\\Dz"), "h X-A: xyz" },
	{ "patterns", NO, PATTERNS("x\\Dz"), "h X-A: x1z" },
	{ "patterns", YES, PATTERNS("x\\Wz"), "h X-A: x-z" },
	{ "patterns", NO, PATTERNS("x\\Wz"), "h X-A: xyz" },
	{ "patterns", YES, PATTERNS("nothing | y"), "h X-A: xyz" },
	{ "pattern-case", YES, PATTERNS("external"), "h X-A: ExTeRnAL" },
	{ "pattern-case", YES, PATTERNS("EXTERNAL"), "h X-A: external" },
	{ "pattern-dot", OPEN, PATTERNS("a.c"), "h X-A: abc" },
	{ "patterns", YES, PATTERNS("a.c"), "h X-A: a.c" },
	{ "patterns", NO, PATTERNS("a.c"), "h X-A: ac" },
	{ "pattern-dot", OPEN, PATTERNS("."), "h X-A: 1" },
	{ "pattern-more", OPEN, PATTERNS("1\\.0 +t"), "h X-A: 1.0  t" },
	{ "pattern-more", OPEN, PATTERNS("[0-9]"), "h X-A: 1" },
	{ "pattern-more", OPEN, PATTERNS("\\d{3}"), "h X-A: 123" },
	{ "pattern-more", OPEN, PATTERNS("colou?r"), "h X-A: color" },
	{ "pattern-more", OPEN, PATTERNS("(?i)x"), "h X-A: x" },
	{ "pattern-more", OPEN, PATTERNS("\\bx\\b"), "h X-A: x" },
	{ "pattern-more", OPEN, PATTERNS("(a)\\1"), "h X-A: aa" },
	{ "patterns", YES, PATTERNS("[0-9] | 1"), "h X-A: 1" },
	{ "pattern-broken", OPEN, PATTERNS("*x"), "h X-A: x" },
	{ "pattern-broken", OPEN, PATTERNS("(x"), "h X-A: x" },
	{ "pattern-broken", OPEN, PATTERNS("x)"), "h X-A: x" },
	{ "pattern-broken", OPEN, PATTERNS("x\\"), "h X-A: x" },
	{ "pattern-broken", OPEN, PATTERNS("(*FAIL)"), "h X-A: x" },
	{ "pattern-limit", OPEN, PATTERNS("x(a*)*(a*)*(a*)*(y|z)"),
	    "h X-A: xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "pattern-legacy", OPEN, "UseLegacyRegex: true\n" PATTERNS("x"), "h X-A: x" },

	/* folded fields; "the stock price" is one reading of them all */
	{ "words-whole", YES, WORDS("stock price"), "h X-A: the stock price" },
	{ "header-folded", OPEN, WORDS("stock price"), "h X-A: the stock  price" },
	{ "header-folded", OPEN, WORDS("stock price"), "h X-A: the stock\tprice" },
	{ "header-folded", OPEN, WORDS("stock  price"), "h X-A: the stock  price" },
	{ "words-whole", YES, WORDS("stock"), "h X-A: the stock  \t price" },
	{ "words-whole", NO, WORDS("stocks"), "h X-A: the stock  \t price" },
	{ "header-folded", OPEN, WORDS("stock price"), "odd: tabs\nh X-A: the stock price" },
	{ "words-whole", YES, WORDS("stock"), "odd: tabs\nh X-A: the stock price" },
	{ "words-whole", NO, WORDS("stocks"), "odd: tabs\nh X-A: the stock price" },
	{ "header-folded", OPEN, PATTERNS("a b"), "odd: tabs\nh X-A: a b" },
	{ "patterns", YES, PATTERNS("a\\sb"), "odd: tabs\nh X-A: a b" },
	{ "patterns", NO, PATTERNS("a\\Sb"), "odd: tabs\nh X-A: a b" },
	{ "header-folded", OPEN, PATTERNS("a b"), "h X-A: a   b" },
	{ "header-folded", OPEN, PATTERNS("a b"), "h X-A: a\tb" },
	{ "header-folded", OPEN, PATTERNS("a\\sb"), "h X-A: a   b" },
	{ "patterns", YES, PATTERNS("a\\sb"), "h X-A: a\tb" },
	{ "patterns", YES, PATTERNS("a\\s\\s*b"), "h X-A: a \t b" },
	{ "patterns", NO, PATTERNS("ab"), "h X-A: a   b" },
	{ "patterns", YES, PATTERNS("^\\s*1\\.0\\s\\s*(tok1|tok2)\\s*$"), "h X-A: 1.0\t  tok2" },
	{ "header-folded", OPEN, PATTERNS("^\\s*1\\.0 (tok1|tok2)\\s*$"), "h X-A: 1.0\t  tok2" },

	/* header fields */
	{ "header-absent", NO, WORDS("1"), "" },
	{ "header-absent", NO, WORDS("1"), "h X-B: 1" },
	{ "header-absent", NO, PATTERNS("\\S"), "h X-AA: 1" },
	{ "header-absent", NO, "SubjectContainsWords: x", "" },
	{ "words-whole", YES, WORDS("1"), "h x-a: 1" },
	{ "header-many", OPEN, WORDS("1"), "h X-A: 1\nh X-A: 0" },
	{ "header-many", OPEN, WORDS("1"), "h X-A: 0\nh x-a: 1" },
	{ "words-whole", YES, WORDS("1"), "h X-A: 1\nh X-A: 1.0" },
	{ "words-whole", NO, WORDS("1"), "h X-A: 0\nh X-A: 2" },
	{ "header-undecodable", OPEN, WORDS("1"), "h X-A: \xFF\xFE" },
	{ "header-undecodable", OPEN, WORDS("1"), "h X-A: 1 \xEF\xBF\xBD" },
	{ "header-undecodable", OPEN, PATTERNS("\\S"), "h X-A: \xC3" },
	{ "header-undecodable", OPEN, WORDS("foo"), "h X-A: =?utf-9?q?foo?=" },
	{ "header-undecodable", OPEN, WORDS("foo"), "h X-A: bar =?utf-8?b?@@?=" },
	{ "header-undecodable", OPEN, WORDS("bar"), "odd: field\nh X-A: foobar" },
	{ "header-undecodable", OPEN, WORDS("foobar"), "odd: field\nh X-A: foobar" },
	{ "words-whole", YES, WORDS("foo"), "h X-A: foo ?= bar =? end" },
	{ "header-service", OPEN,
	    "HeaderContainsMessageHeader: X-MS-Exchange-Organization-SCL\nHeaderContainsWords: 5",
	    "" },
	{ "header-service", OPEN, "HeaderMatchesMessageHeader: Received\nHeaderMatchesPatterns: x",
	    "h Received: x" },
	{ "header-earlier", OPEN,
	    "SCLOver: 5\nSetHeaderName: X-A\nSetHeaderValue: 1\n\n" WORDS("1"), "" },
	{ "header-earlier", OPEN,
	    "SCLOver: 5\nSetHeaderName: X-A\nSetHeaderValue: 0\n\n" WORDS("1"), "h X-A: 1" },
	{ "header-earlier", OPEN, "SCLOver: 5\nRemoveHeader: X-A\n\n" WORDS("1"), "h X-A: 1" },
	{ "words-whole", YES, "SCLOver: 5\nSetHeaderName: X-A\nSetHeaderValue: 1.1\n\n" WORDS("1"),
	    "h X-A: 1" },
	{ "words-whole", NO, "SCLOver: 5\nSetHeaderName: X-A\nSetHeaderValue: 0\n\n" WORDS("1"),
	    "" },
	{ "words-whole", NO, "SCLOver: 5\nRemoveHeader: X-A\n\n" WORDS("1"), "h X-A: 0" },
	{ "header-masked", OPEN,
	    "FromScope: InOrganization\nSetHeaderName: X-A\nSetHeaderValue: "
	    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n" WORDS(
		"1"),
	    "" },

	/* sizes: 2 KB is 2048 bytes; base64 makes 57 bytes 78 */
	{ "attachment-any", YES, "AttachmentSizeOver: 2 KB", "file: 2049" },
	{ "attachment-any", YES, "AttachmentSizeOver: 2 KB", "file: 10\nfile: 9999999" },
	{ "attachment-any", NO, "AttachmentSizeOver: 2 KB", "file: 1000" },
	{ "attachment-any", NO, "AttachmentSizeOver: 2 KB", "" },
	{ "attachment-any", NO, "AttachmentSizeOver: 2 KB", "file: 1400\nfile: 1400\nfile: 1400" },
	{ "attachment-any", YES, "AttachmentSizeOver: 1KB", "file: 1025" },
	{ "attachment-any", NO, "AttachmentSizeOver: 1KB", "file: 700" },
	{ "attachment-any", YES, "AttachmentSizeOver: 1 MB (1,048,576 bytes)", "file: 1048577" },
	{ "attachment-any", NO, "AttachmentSizeOver: 1 MB (1,048,576 bytes)", "file: 700000" },
	{ "attachment-embedded", YES, "AttachmentSizeOver: 1 KB", "picture: 5000" },
	{ "attachment-any", NO, "AttachmentSizeOver: 1 KB", "picture: 500" },
	{ "attachment-embedded", YES, "AttachmentSizeOver: 1 KB", "file: 10\npicture: 5000" },
	{ "attachment-equal", OPEN, "AttachmentSizeOver: 2 KB", "file: 2048" },
	{ "attachment-equal", OPEN, "AttachmentSizeOver: 1 KB", "picture: 1024" },
	{ "attachment-measure", OPEN, "AttachmentSizeOver: 2 KB", "file: 2047" },
	{ "attachment-measure", OPEN, "AttachmentSizeOver: 2 KB", "file: 1500" },
	{ "attachment-message", OPEN, "AttachmentSizeOver: 1 KB", "message: 5000" },
	{ "attachment-message", OPEN, "AttachmentSizeOver: 1 KB", "message: 800" },
	{ "attachment-any", NO, "AttachmentSizeOver: 1 KB", "message: 5" },
	{ "attachment-any", NO, "AttachmentSizeOver: 1 KB", "message: 700" },
	{ "attachment-any", YES, "AttachmentSizeOver: 1 KB", "message: 5000\nfile: 3000" },
	{ "attachment-tnef", OPEN, "AttachmentSizeOver: 1 KB", "tnef: 5000" },
	{ "attachment-tnef", OPEN, "AttachmentSizeOver: 1 KB", "file: 5\ntnef: 5000" },
	{ "attachment-unsure", OPEN, "AttachmentSizeOver: 1 KB", "unsure: 5000" },
	{ "attachment-any", NO, "AttachmentSizeOver: 1 KB", "unsure: 50" },
	{ "attachment-encrypted", OPEN, "AttachmentSizeOver: 1 KB", "Encrypted: yes\nfile: 5000" },
	{ "attachment-encrypted", OPEN, "AttachmentSizeOver: 1 KB", "Encrypted: unknown" },
	{ "attachment-encrypted", OPEN, "AttachmentSizeOver: 1 KB",
	    "PermissionControlled: yes\nfile: 5000" },
	{ "attachment-any", YES, "AttachmentSizeOver: 1 KB", "Signed: yes\nfile: 5000" },
	{ "size-small", OPEN, "AttachmentSizeOver: 100 B", "file: 500" },
	{ "attachment-any", YES, "AttachmentSizeOver: 100 B", "file: 1025" },
	{ "attachment-any", NO, "AttachmentSizeOver: 100 B", "file: 10" },
	{ "size-message", YES, "MessageSizeOver: 4 KB", "size: 4097" },
	{ "size-message", NO, "MessageSizeOver: 4 KB", "size: 4095" },
	{ "size-equal", OPEN, "MessageSizeOver: 4 KB", "size: 4096" },
	{ "size-small", OPEN, "MessageSizeOver: 500", "size: 800" },

	/* senders */
	{ "sender-is", YES, "From: anna@contoso.nl", "" },
	{ "sender-is", YES, "From: bert@contoso.nl | ANNA@Contoso.NL", "" },
	{ "sender-is", NO, "From: bert@contoso.nl", "" },
	{ "sender-is", NO, "From: anna@contoso.nl.example", "" },
	{ "sender-is", NO, "From: anna@contoso.nl", "from: bert@contoso.nl" },
	{ "sender-is", YES, "SenderAddressLocation: Envelope\nFrom: bert@contoso.nl",
	    "env: bert@contoso.nl" },
	{ "sender-is", NO, "SenderAddressLocation: Envelope\nFrom: anna@contoso.nl",
	    "env: bert@contoso.nl" },
	{ "sender-is", YES, "SenderAddressLocation: HeaderOrEnvelope\nFrom: anna@contoso.nl",
	    "env: bert@contoso.nl" },
	{ "sender-is", YES, "SenderAddressLocation: HeaderOrEnvelope\nFrom: bert@contoso.nl",
	    "env: bert@contoso.nl" },
	{ "sender-is", NO, "SenderAddressLocation: HeaderOrEnvelope\nFrom: carl@contoso.nl",
	    "env: bert@contoso.nl" },
	{ "sender-is", NO, "SenderAddressLocation: Envelope\nFrom: anna@contoso.nl", "env:" },
	{ "sender-name", OPEN, "From: Anna Smith", "" },
	{ "sender-is", YES, "From: Anna Smith | anna@contoso.nl", "" },
	/* two From fields, two mailboxes, a group */
	{ "sender-odd", OPEN, "From: anna@contoso.nl", "odd: from" },
	{ "sender-odd", OPEN, "From: bert@contoso.nl", "odd: from" },
	{ "sender-odd", OPEN, "From: bert@contoso.nl", "odd: from\nfrom:" },
	{ "sender-odd", OPEN, "FromMemberOf: users@contoso.nl", "odd: from" },
	{ "sender-odd", OPEN, "FromMemberOf: none@contoso.nl", "odd: from" },
	{ "sender-odd", OPEN, "SenderDomainIs: contoso.nl", "odd: from" },
	{ "sender-odd", OPEN, "FromAddressContainsWords: bert", "odd: from" },
	{ "sender-odd", OPEN, "FromAddressMatchesPatterns: ^anna", "odd: from" },
	{ "sender-odd", OPEN, "FromScope: InOrganization", "odd: from" },
	{ "sender-odd", OPEN, "FromScope: NotInOrganization", "odd: from" },
	{ "sender-odd", OPEN, "FromScope: NotInOrganization", "odd: from\nfrom:" },
	{ "sender-inside", NO, "FromScope: InOrganization", "odd: from\nauth: no" },
	{ "sender-is", YES, "SenderAddressLocation: Envelope\nFrom: anna@contoso.nl", "odd: from" },
	{ "sender-is", NO, "SenderAddressLocation: Envelope\nFrom: bert@contoso.nl", "odd: from" },
	{ "sender-is", YES, "SenderAddressLocation: HeaderOrEnvelope\nFrom: anna@contoso.nl",
	    "odd: from\nfrom: bert@contoso.nl" },
	{ "sender-odd", OPEN, "SenderAddressLocation: HeaderOrEnvelope\nFrom: bert@contoso.nl",
	    "odd: from\nfrom: bert@contoso.nl" },
	{ "sender-odd", OPEN, "SenderAddressLocation: Envelope\nFrom: anna@contoso.nl",
	    "odd: env" },
	{ "sender-is", YES, "From: anna@contoso.nl", "odd: env" },
	{ "sender-odd", OPEN, "SenderAddressLocation: HeaderOrEnvelope\nFrom: x@y", "odd: env" },
	{ "recipient-inside", YES, "SentToScope: InOrganization",
	    "odd: from\nto: bert@contoso.nl" },
	{ "sender-none", OPEN, "SenderAddressLocation: Envelope\nFromAddressMatchesPatterns: <>",
	    "env:" },
	{ "sender-none", OPEN, "SenderAddressLocation: Envelope\nFromAddressMatchesPatterns: ^$",
	    "env:" },
	{ "patterns", NO, "SenderAddressLocation: Envelope\nFromAddressMatchesPatterns: @",
	    "env:" },
	{ "words-whole", NO, "SenderAddressLocation: Envelope\nFromAddressContainsWords: anna",
	    "env:" },
	{ "sender-inside", YES, "FromScope: InOrganization", "" },
	{ "sender-inside", YES, "FromScope: InOrganization", "from: x@a.branch.contoso.nl" },
	{ "sender-inside", NO, "FromScope: InOrganization", "auth: no" },
	{ "sender-inside", NO, "FromScope: InOrganization", "auth: no\nfrom: x@fabrikam.com" },
	{ "scope-authenticated", OPEN, "FromScope: InOrganization", "auth: unknown" },
	{ "scope-mail-user", OPEN, "FromScope: InOrganization", "from: guest@fabrikam.com" },
	{ "scope-mail-user", OPEN, "FromScope: InOrganization",
	    "from: guest@fabrikam.com\nauth: unknown" },
	{ "scope-mail-user", OPEN, "FromScope: InOrganization", "from: x@other.contoso.nl" },
	{ "sender-outside", YES, "FromScope: NotInOrganization", "from: x@fabrikam.com" },
	{ "sender-outside", YES, "FromScope: NotInOrganization", "from: x@branch.contoso.nl" },
	{ "sender-outside", NO, "FromScope: NotInOrganization", "" },
	{ "sender-outside", NO, "FromScope: NotInOrganization", "auth: no" },
	{ "sender-outside", NO, "SenderAddressLocation: Envelope\nFromScope: NotInOrganization",
	    "env: x@fabrikam.com" },
	{ "scope-no-sender", OPEN, "FromScope: NotInOrganization", "from:" },
	{ "scope-no-sender", OPEN, "FromScope: InOrganization", "from: anna" },
	{ "domain-is", YES, "SenderDomainIs: contoso.nl", "" },
	{ "domain-is", YES, "SenderDomainIs: fabrikam.com | CONTOSO.nl", "" },
	{ "domain-is", NO, "SenderDomainIs: fabrikam.com", "" },
	{ "domain-is", NO, "SenderDomainIs: toso.nl", "" },
	{ "domain-is", NO, "SenderDomainIs: sub.contoso.nl", "" },
	{ "domain-below", OPEN, "SenderDomainIs: contoso.nl", "from: x@sub.contoso.nl" },
	{ "domain-is", NO, "SenderAddressLocation: Envelope\nSenderDomainIs: contoso.nl", "env:" },
	{ "member-direct", YES, "FromMemberOf: users@contoso.nl", "" },
	{ "member-direct", YES, "FromMemberOf: USERS@contoso.nl", "from: Anna@CONTOSO.nl" },
	{ "member-direct", YES, "FromMemberOf: none@contoso.nl | flat@contoso.nl", "" },
	{ "member-direct", NO, "FromMemberOf: flat@contoso.nl", "from: bert@contoso.nl" },
	{ "member-direct", NO, "FromMemberOf: none@contoso.nl", "" },
	{ "member-direct", NO, "SenderAddressLocation: Envelope\nFromMemberOf: users@contoso.nl",
	    "env:" },
	{ "member-nested", OPEN, "FromMemberOf: users@contoso.nl", "from: carl@contoso.nl" },
	{ "member-direct", YES, "FromMemberOf: users@contoso.nl | flat@contoso.nl", "" },
	{ "member-unseen", OPEN, "FromMemberOf: other@contoso.nl", "" },
	{ "member-unseen", OPEN, "FromMemberOf: other@contoso.nl | none@contoso.nl", "" },
	{ "member-unseen", OPEN, "FromMemberOf: SecuDoc Users", "" },

	/* recipients */
	{ "recipient-is", YES, "SentTo: out@fabrikam.com", "" },
	{ "recipient-is", YES, "SentTo: x@y | OUT@fabrikam.com", "" },
	{ "recipient-is", NO, "SentTo: bert@contoso.nl", "" },
	{ "sender-name", OPEN, "SentTo: Bert Smith", "" },
	{ "recipient-inside", YES, "SentToScope: InOrganization", "to: bert@contoso.nl" },
	{ "recipient-inside", NO, "SentToScope: InOrganization", "to: bert@contoso.nl\nauth: no" },
	{ "scope-authenticated", OPEN, "SentToScope: InOrganization",
	    "to: bert@contoso.nl\nauth: unknown" },
	{ "scope-mail-user", OPEN, "SentToScope: InOrganization", "" },
	{ "recipient-outside", YES, "SentToScope: NotInOrganization", "" },
	{ "recipient-outside", YES, "SentToScope: NotInOrganization", "auth: no" },
	{ "recipient-outside", YES, "SentToScope: NotInOrganization", "to: x@contoso.nl.example" },
	{ "recipient-outside", NO, "SentToScope: NotInOrganization", "to: bert@contoso.nl" },
	{ "recipient-outside", NO, "SentToScope: NotInOrganization", "to: b@x.branch.CONTOSO.nl" },
	{ "not-modelled", OPEN, "SentToScope: ExternalPartner", "" },
	{ "recipient-group", OPEN, "SentToScope: NotInOrganization", "to: sales@contoso.nl" },
	{ "recipient-group", OPEN, "SentToScope: InOrganization", "to: sales@contoso.nl" },
	{ "recipient-group", OPEN, "SentTo: sales@contoso.nl", "to: sales@contoso.nl" },
	{ "recipient-group", OPEN, "RecipientDomainIs: fabrikam.com", "to: sales@contoso.nl" },
	{ "recipient-group", OPEN, "RecipientAddressContainsWords: eva", "to: sales@contoso.nl" },
	{ "recipient-group", OPEN, "SentToMemberOf: flat@contoso.nl", "to: sales@contoso.nl" },
	{ "recipient-member", YES, "SentToMemberOf: sales@contoso.nl", "to: Sales@contoso.nl" },
	{ "member-direct", YES, "SentToMemberOf: sales@contoso.nl", "to: buyer@fabrikam.com" },
	{ "member-direct", NO, "SentToMemberOf: sales@contoso.nl", "to: bert@contoso.nl" },
	{ "member-nested", OPEN, "SentToMemberOf: users@contoso.nl", "to: carl@contoso.nl" },
	{ "member-unseen", OPEN, "SentToMemberOf: other@contoso.nl", "" },
	{ "domain-is", YES, "RecipientDomainIs: fabrikam.com", "" },
	{ "domain-is", NO, "RecipientDomainIs: contoso.nl", "" },
	{ "domain-below", OPEN, "RecipientDomainIs: fabrikam.com", "to: x@a.b.fabrikam.com" },
	{ "recipient-original", OPEN,
	    "RecipientAddressType: Original\nRecipientDomainIs: fabrikam.com", "" },
	{ "recipient-original", OPEN,
	    "RecipientAddressType: Original\nRecipientAddressMatchesPatterns: fabrikam", "" },
	{ "recipient-any", YES, "AnyOfRecipientAddressContainsWords: fabrikam",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },
	{ "recipient-any", YES, "AnyOfRecipientAddressMatchesPatterns: @fabrikam\\.com$",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },
	{ "recipient-any", NO, "AnyOfRecipientAddressMatchesPatterns: ^abby",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },
	{ "recipient-any", NO, "AnyOfRecipientAddressContainsWords: northwind",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },
	{ "recipient-group", OPEN, "AnyOfRecipientAddressContainsWords: fabrikam",
	    "to: bert@contoso.nl\nto: sales@contoso.nl" },
	{ "recipient-split", OPEN,
	    "SentToScope: NotInOrganization\nSetSCL: 1\n\n"
	    "AnyOfRecipientAddressContainsWords: fabrikam",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },
	{ "recipient-any", YES,
	    "SentToScope: NotInOrganization\nSetSCL: 1\n\n"
	    "AnyOfRecipientAddressContainsWords: contoso",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },
	{ "recipient-any", YES,
	    "FromScope: NotInOrganization\nSetSCL: 1\n\n"
	    "AnyOfRecipientAddressContainsWords: fabrikam",
	    "to: bert@contoso.nl\nto: out@fabrikam.com" },

	/* types */
	{ "type-is", YES, "MessageTypeMatches: OOF", "OOF: yes" },
	{ "type-is", NO, "MessageTypeMatches: OOF", "" },
	{ "type-is", NO, "MessageTypeMatches: OOF", "Calendaring: yes" },
	{ "type-is", YES, "MessageTypeMatches: calendaring", "Calendaring: yes" },
	{ "type-is", YES, "MessageTypeMatches: AutoForward", "AutoForward: yes" },
	{ "type-is", YES, "MessageTypeMatches: Encrypted", "Encrypted: yes" },
	{ "type-is", YES, "MessageTypeMatches: PermissionControlled", "PermissionControlled: yes" },
	{ "type-is", YES, "MessageTypeMatches: Voicemail", "Voicemail: yes" },
	{ "type-is", YES, "MessageTypeMatches: Signed", "Signed: yes" },
	{ "type-is", YES, "MessageTypeMatches: ApprovalRequest", "ApprovalRequest: yes" },
	{ "type-is", YES, "MessageTypeMatches: ReadReceipt", "ReadReceipt: yes" },
	{ "type-unseen", OPEN, "MessageTypeMatches: OOF", "OOF: unknown" },
	{ "not-modelled", OPEN, "MessageTypeMatches: Newsletter", "" },

	/* the rest */
	{ "scl-unseen", OPEN, "SCLOver: 5", "" },
	{ "scl-unseen", OPEN, "ExceptIfSCLOver: -1", "" },
	{ "dates-unseen", OPEN, "ActivationDate: 2026-12-01T00:00:00", "" },
	{ "dates-unseen", OPEN, "ExpiryDate: 2020-12-01T00:00:00", "" },
	{ "rule-broken", OPEN, "HeaderContainsWords: 1", "" },
	{ "rule-broken", OPEN, "ExceptIfHeaderMatchesMessageHeader: X-A", "" },
	{ "rule-broken", OPEN, "SenderAddressLocation: Body\nFrom: anna@contoso.nl", "" },
	{ "not-modelled", OPEN, "SubjectOrBodyContainsWords: secret", "h Subject: secret" },
	{ "not-modelled", OPEN, "SenderIpRanges: 192.0.2.1", "" },
	{ "not-modelled", OPEN, "AttachmentHasExecutableContent: true", "" },
	{ "not-modelled", OPEN, "HasNoClassification: true", "" },
	{ "not-modelled", OPEN, "WithImportance: High", "h Importance: high" },
	{ "not-modelled", OPEN, "AnyOfToHeader: out@fabrikam.com", "h To: out@fabrikam.com" },
	{ "not-modelled", OPEN, "BetweenMemberOf1: a@x\nBetweenMemberOf2: b@x", "" },
	{ "not-modelled", OPEN, "SomethingOfNextYear: 1", "" },
	{ "not-modelled", OPEN, "ExceptIfSomethingOfNextYear: 1", "" },
	{ "earlier-action", OPEN,
	    "FromScope: InOrganization\nApplyHtmlDisclaimerText: hello\n\nAttachmentSizeOver: 1 KB",
	    "file: 5000" },
	{ "earlier-action", OPEN,
	    "FromScope: InOrganization\nApplyRightsProtectionTemplate: Encrypt\n\n"
	    "MessageTypeMatches: PermissionControlled",
	    "" },
	{ "earlier-action", OPEN, "SCLOver: 5\nApplyOME: true\n\nMessageSizeOver: 1 KB", "" },
	{ "earlier-action", OPEN,
	    "FromScope: InOrganization\nPrependSubject: [out]\n\nSubjectContainsWords: out",
	    "h Subject: x" },
	{ "earlier-action", OPEN,
	    "FromScope: InOrganization\nPrependSubject: [out]\n\n"
	    "HeaderContainsMessageHeader: subject\nHeaderContainsWords: x",
	    "h Subject: x" },
	{ "earlier-action", OPEN,
	    "FromScope: InOrganization\nBlindCopyTo: audit@contoso.nl\n\n"
	    "AnyOfRecipientAddressContainsWords: audit",
	    "" },
	{ "attachment-any", YES,
	    "FromScope: NotInOrganization\nApplyHtmlDisclaimerText: hello\n\n"
	    "AttachmentSizeOver: 1 KB",
	    "file: 5000" },
};

static void
answers_and_cites(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a;

		arena_init(&a, CASE_MEMORY);
		struct flow_outcome out = case_run(rows[i].rule, rows[i].mail, &a);
		assert_true(out.count > 0);
		const struct flow_copy *c = &out.copies[0];
		const struct flow_rule_result *r = &c->results[c->result_count - 1];

		if (r->check_count == 0 || r->checks[0].answer != rows[i].want ||
		    strcmp(r->checks[0].fact->id, rows[i].fact) != 0) {
			wrong++;
			print_error("%s\n  with %s\n  wanted %s by %s, is %s by %s\n", rows[i].rule,
			    rows[i].mail, case_answer_name(rows[i].want), rows[i].fact,
			    r->check_count > 0 ? case_answer_name(r->checks[0].answer) : "nothing",
			    r->check_count > 0 ? r->checks[0].fact->id : "nothing");
		}
		arena_done(&a);
	}
	assert_int_equal(wrong, 0);
}

static bool
has_row(const char *fact, enum rule_answer want)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].fact, fact) == 0 && rows[i].want == want)
			return true;
	return false;
}

/* what may answer only one thing by what it says */
static const struct {
	const char *fact;
	enum rule_answer only;
} one_sided[] = {
	{ "pattern-case", RULE_YES },        /* found because case does not count */
	{ "header-absent", RULE_NO },        /* what is not there meets nothing */
	{ "attachment-embedded", RULE_YES }, /* a no is that of all attachments */
	{ "recipient-member", RULE_YES },
};

static void
has_a_row_for_every_fact(void **state)
{
	(void)state;
	assert_true(COUNT(rows) >= 150);
	for (size_t i = 0; i < flow_fact_count; i++) {
		const struct flow_fact *f = &flow_facts[i];
		enum rule_answer only = RULE_UNKNOWN;
		/* "INFERRED" facts of conditions say that something cannot be known any more */
		bool open = f->standing != FLOW_DOCUMENTED && f->standing != FLOW_REPORTED;

		if (f->place != FLOW_OF_CONDITION || strcmp(f->id, "scope-domains") == 0)
			continue; /* the latter needs another organisation: below */
		for (size_t k = 0; k < COUNT(one_sided); k++)
			if (strcmp(one_sided[k].fact, f->id) == 0)
				only = one_sided[k].only;
		if (open ? !has_row(f->id, RULE_UNKNOWN)
			 : (only != RULE_NO && !has_row(f->id, RULE_YES)) ||
			    (only != RULE_YES && !has_row(f->id, RULE_NO)))
			fail_msg("%s has not the rows it needs", f->id);
		if (open != !(has_row(f->id, RULE_YES) || has_row(f->id, RULE_NO)))
			fail_msg("%s answers what its standing does not allow", f->id);
	}
}

static void
has_a_row_for_every_condition(void **state)
{
	(void)state;
	for (size_t i = 0; i < flow_predicate_count; i++) {
		char key[64];
		size_t found = 0;

		snprintf(key, sizeof(key), "%s: ", flow_predicates[i].name);
		for (size_t k = 0; k < COUNT(rows); k++)
			found += strstr(rows[k].rule, key) != NULL;
		if (found < 2)
			fail_msg("%s has %zu rows", flow_predicates[i].name, found);
	}
}

/* nothing was said of the organisation: nobody is outside of it for that */
static void
needs_accepted_domains(void **state)
{
	static const char *const rules[] = { "SentToScope: NotInOrganization",
		"SentToScope: InOrganization", "FromScope: NotInOrganization",
		"FromScope: InOrganization" };
	struct flow_world nowhere = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++) {
		struct arena a;
		struct flow_outcome out;

		arena_init(&a, CASE_MEMORY);
		struct flow_rules compiled = case_rules(rules[i], &a);
		assert_ok(flow_run(&compiled, &nowhere, case_mail("", &a), &a, &out));
		assert_int_equal(out.copies[0].results[0].checks[0].answer, RULE_UNKNOWN);
		assert_string_equal(out.copies[0].results[0].checks[0].fact->id, "scope-domains");
		assert_int_equal(out.copies[0].results[0].fires, RULE_UNKNOWN);
		arena_done(&a);
	}
}

/* an exception is asked as its condition is, and says so */
static void
asks_exceptions_the_same(void **state)
{
	size_t asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char rule[1024] = "ExceptIf";
		struct arena a;
		bool exception;

		/* one line, or two of a pair: both are of the exception then */
		if (strstr(rows[i].rule, "\n") != NULL)
			continue;
		snprintf(rule + 8, sizeof(rule) - 8, "%s", rows[i].rule);
		if (exo_property_find(EXO_TRANSPORT_RULE,
			span_upto(span_str(rule), strcspn(rule, ":")), &exception) == NULL)
			continue;
		arena_init(&a, CASE_MEMORY);
		struct flow_outcome out = case_run(rule, rows[i].mail, &a);
		const struct flow_check *c = &out.copies[0].results[0].checks[0];

		assert_true(c->exception);
		assert_int_equal(c->answer, rows[i].want);
		assert_string_equal(c->fact->id, rows[i].fact);
		assert_int_equal(out.copies[0].results[0].fires,
		    rows[i].want == YES      ? NO
			: rows[i].want == NO ? YES
					     : OPEN);
		asked++;
		arena_done(&a);
	}
	assert_true(asked > 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_and_cites),
		cmocka_unit_test(has_a_row_for_every_fact),
		cmocka_unit_test(has_a_row_for_every_condition),
		cmocka_unit_test(needs_accepted_domains),
		cmocka_unit_test(asks_exceptions_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
