/*
 * connector/report_text.c - what a sender reads. Two tables hold all words; the functions only set
 * them.
 */
#include "connector/report_text.h"

#include <assert.h>

#define LANGUAGES         3
#define SUBJECT_BYTES_MAX 160u

/* What the sender can do; by the class of the status code (RFC 3463 section 3). */
enum advice {
	ADVICE_ADDRESS, /* X.1: the address */
	ADVICE_MAILBOX, /* X.2: his mailbox */
	ADVICE_SIZE,    /* X.2.3, X.3.4: too large */
	ADVICE_POLICY,  /* X.7: he may not, or we may not */
	ADVICE_FORM,    /* X.6: how the mail is written */
	ADVICE_TIME,    /* given up */
	ADVICE_LOOP,
	ADVICE_OTHER,
	ADVICE__COUNT
};

static const char *const advice_words[LANGUAGES][ADVICE__COUNT] = {
	[LANGUAGE_NL] = {
		"Controleer het adres op tikfouten (bijvoorbeeld .com in plaats van .nl) en verstuur de mail opnieuw.",
		"De mailbox van de ontvanger neemt nu niets aan. Neem langs een andere weg contact op met de ontvanger "
		"en verstuur de mail later opnieuw.",
		"De mail is te groot voor de ontvangende server. Verstuur minder of kleinere bestanden.",
		"De mail is volgens de regels van de server geweigerd. Stuur dit bericht door aan uw beheerder.",
		"De vorm van deze mail kan niet worden doorgegeven. Stel de mail opnieuw op, of stuur dit bericht door "
		"aan uw beheerder.",
		"De mail is niet meer onderweg. Verstuur hem opnieuw of neem contact op met uw beheerder als het "
		"weer misgaat.",
		"Stuur dit bericht door aan uw beheerder: een mailregel laat de mail in een kring lopen.",
		"Verstuur de mail opnieuw. Gaat het weer mis, stuur dit bericht dan door aan uw beheerder.",
	},
	[LANGUAGE_DE] = {
		"Prüfen Sie die Adresse auf Tippfehler (zum Beispiel .com statt .de) und senden Sie die E-Mail erneut.",
		"Das Postfach des Empfängers nimmt zurzeit nichts an. Erreichen Sie den Empfänger auf anderem Weg und "
		"senden Sie die E-Mail später erneut.",
		"Die E-Mail ist für den empfangenden Server zu groß. Senden Sie weniger oder kleinere Dateien.",
		"Die E-Mail wurde nach den Regeln des Servers abgelehnt. Leiten Sie diese Nachricht an Ihren "
		"Administrator weiter.",
		"Die Form dieser E-Mail kann nicht weitergegeben werden. Verfassen Sie die E-Mail neu oder leiten Sie "
		"diese Nachricht an Ihren Administrator weiter.",
		"Die E-Mail ist nicht mehr unterwegs. Senden Sie sie erneut, und wenden Sie sich an Ihren "
		"Administrator, wenn es wieder misslingt.",
		"Leiten Sie diese Nachricht an Ihren Administrator weiter: Eine Nachrichtenflussregel lässt die E-Mail "
		"im Kreis laufen.",
		"Senden Sie die E-Mail erneut. Misslingt es wieder, leiten Sie diese Nachricht an Ihren Administrator "
		"weiter.",
	},
	[LANGUAGE_EN] = {
		"Check the address for typing errors (for example .com instead of .nl) and send the mail again.",
		"The recipient's mailbox takes nothing at the moment. Reach the recipient in another way and send "
		"the mail again later.",
		"The mail is too large for the receiving server. Send fewer or smaller files.",
		"The mail was refused by the server's rules. Forward this message to your administrator.",
		"The form of this mail cannot be passed on. Write the mail anew, or forward this message to your "
		"administrator.",
		"The mail is no longer on its way. Send it again, and turn to your administrator if it goes wrong "
		"again.",
		"Forward this message to your administrator: a mail flow rule makes the mail go round in a circle.",
		"Send the mail again. If it goes wrong again, forward this message to your administrator.",
	},
};

enum word {
	WORD_SUBJECT,
	WORD_NO_SUBJECT,
	WORD_DATE,
	WORD_RECIPIENTS,
	WORD_WHAT_TO_DO,
	WORD_LITERALLY,
	WORD_GREETING,
	WORD__COUNT
};

static const char *const words[LANGUAGES][WORD__COUNT] = {
	[LANGUAGE_NL] = { "Onderwerp: ", "(geen onderwerp)",
	    "Datum: ", "Ontvangers:", "Wat kunt u doen?", "De letterlijke reden:",
	    "Dit bericht is automatisch gemaakt door SecuDoc. Antwoorden worden niet gelezen." },
	[LANGUAGE_DE] = { "Betreff: ", "(kein Betreff)",
	    "Datum: ", "Empfänger:", "Was können Sie tun?", "Der Grund im Wortlaut:",
	    "Diese Nachricht wurde automatisch von SecuDoc erstellt. Antworten werden nicht gelesen." },
	[LANGUAGE_EN] = { "Subject: ", "(no subject)", "Date: ", "Recipients:", "What can you do?",
	    "The reason, word for word:",
	    "This message was made by SecuDoc automatically. Answers are not read." },
};

enum { KINDS = REPORT_LOOP + 1 };

static const struct {
	const char *title, *story;
} kinds[LANGUAGES][KINDS] = {
	[LANGUAGE_NL] = {
		[REPORT_FAILED] = { "Niet bezorgd", "Uw mail kon niet worden bezorgd bij de ontvangers hieronder." },
		[REPORT_EXPIRED] = { "Niet bezorgd", "Uw mail kon niet worden bezorgd bij de ontvangers hieronder. Het is "
		    "herhaaldelijk geprobeerd, tot de tijd daarvoor om was." },
		[REPORT_RELAYED] = { "Doorgegeven", "Uw mail is doorgegeven aan een server die geen bericht van aankomst "
		    "geeft. U hoort er alleen nog iets van als bezorgen mislukt." },
		[REPORT_LOOP] = { "Tegengehouden", "Uw mail kwam voor de tweede keer terug en is tegengehouden, omdat hij anders "
		    "eindeloos zou rondgaan." },
	},
	[LANGUAGE_DE] = {
		[REPORT_FAILED] = { "Nicht zugestellt", "Ihre E-Mail konnte den unten genannten Empfängern nicht zugestellt "
		    "werden." },
		[REPORT_EXPIRED] = { "Nicht zugestellt", "Ihre E-Mail konnte den unten genannten Empfängern nicht zugestellt "
		    "werden. Es wurde wiederholt versucht, bis die Zeit dafür abgelaufen war." },
		[REPORT_RELAYED] = { "Weitergegeben", "Ihre E-Mail wurde an einen Server weitergegeben, der die Ankunft nicht "
		    "meldet. Sie hören nur noch davon, wenn die Zustellung misslingt." },
		[REPORT_LOOP] = { "Angehalten", "Ihre E-Mail kam zum zweiten Mal zurück und wurde angehalten, weil sie sonst "
		    "endlos im Kreis liefe." },
	},
	[LANGUAGE_EN] = {
		[REPORT_FAILED] = { "Not delivered", "Your mail could not be delivered to the recipients below." },
		[REPORT_EXPIRED] = { "Not delivered", "Your mail could not be delivered to the recipients below. It was tried "
		    "again and again until the time for it was over." },
		[REPORT_RELAYED] = { "Passed on", "Your mail was passed on to a server that does not report its arrival. You "
		    "will only hear of it if delivery goes wrong." },
		[REPORT_LOOP] = { "Stopped", "Your mail came back for the second time and was stopped, because it would go "
		    "round for ever." },
	},
};

static int
language_of(const struct report *r)
{
	return r->language >= 0 && r->language < LANGUAGES ? r->language : LANGUAGE_EN;
}

const char *
report_text_language(int language)
{
	static const char *const tags[LANGUAGES] = { "nl", "de", "en" };

	return tags[language >= 0 && language < LANGUAGES ? language : LANGUAGE_EN];
}

/* The first n bytes or fewer, so that no UTF-8 sequence is cut. */
static struct span
cut(struct span s, size_t n)
{
	if (s.len <= n)
		return s;
	while (n > 0 && (s.p[n] & 0xc0) == 0x80)
		n--;
	return span_upto(s, n);
}

enum err
report_text_subject(const struct report *r, struct span subject, struct buf *out)
{
	int language = language_of(r);
	struct span shown = cut(subject, SUBJECT_BYTES_MAX);

	TRY(buf_put_str(out, kinds[language][r->kind].title));
	TRY(buf_put_str(out, ": "));
	if (shown.len == 0)
		return buf_put_str(out, words[language][WORD_NO_SUBJECT]);
	TRY(buf_put(out, shown));
	return shown.len < subject.len ? buf_put_str(out, "…") : ERR_OK;
}

static enum advice
advice_for(const struct report *r, struct span status)
{
	static const struct {
		const char *prefix; /* behind the class */
		bool whole;
		enum advice advice;
	} rows[] = {
		{ "2.3", true, ADVICE_SIZE },
		{ "3.4", true, ADVICE_SIZE },
		{ "4.6", true, ADVICE_LOOP },
		{ "1.", false, ADVICE_ADDRESS },
		{ "2.", false, ADVICE_MAILBOX },
		{ "6.", false, ADVICE_FORM },
		{ "7.", false, ADVICE_POLICY },
	};
	struct span rest = span_from(status, 2);

	if (r->kind == REPORT_EXPIRED)
		return ADVICE_TIME;
	if (r->kind == REPORT_LOOP)
		return ADVICE_LOOP;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].whole ? span_eq(rest, span_str(rows[i].prefix))
				  : span_starts(rest, span_str(rows[i].prefix)))
			return rows[i].advice;
	return ADVICE_OTHER;
}

static enum err
put_line(struct buf *out, const char *indent, const char *label, struct span text)
{
	TRY(buf_put_str(out, indent));
	TRY(buf_put_str(out, label));
	TRY(buf_put(out, text));
	return buf_put_str(out, "\r\n");
}

static enum err
put_mail(const struct report *r, struct span subject, struct span date, struct buf *out)
{
	const char *const *w = words[language_of(r)];

	TRY(put_line(
	    out, "", w[WORD_SUBJECT], subject.len > 0 ? subject : span_str(w[WORD_NO_SUBJECT])));
	TRY(put_line(out, "", w[WORD_DATE], date));
	TRY(put_line(out, "", w[WORD_RECIPIENTS], SPAN_NONE));
	for (size_t i = 0; i < r->rcpt_count; i++)
		TRY(put_line(out, "    ", "", r->rcpts[i].address));
	return buf_put_str(out, "\r\n");
}

/* Each advice once, in the order of its first recipient. */
static enum err
put_advice(const struct report *r, struct buf *out)
{
	int language = language_of(r);
	bool said[ADVICE__COUNT] = { false };

	TRY(put_line(out, "", words[language][WORD_WHAT_TO_DO], SPAN_NONE));
	for (size_t i = 0; i < r->rcpt_count; i++) {
		enum advice a = advice_for(r, r->rcpts[i].status);

		if (said[a])
			continue;
		said[a] = true;
		TRY(put_line(out, "    ", "", span_str(advice_words[language][a])));
	}
	return buf_put_str(out, "\r\n");
}

/* SM-028: example "smtp; 550 5.1.1 MXIN501 mailbox … unknown" */
static enum err
put_literal(const struct report *r, struct buf *out)
{
	TRY(put_line(out, "", words[language_of(r)][WORD_LITERALLY], SPAN_NONE));
	for (size_t i = 0; i < r->rcpt_count; i++) {
		const struct report_rcpt *rcpt = &r->rcpts[i];

		TRY(put_line(out, "    ", "", rcpt->address));
		if (rcpt->diagnostic.len > 0)
			TRY(put_line(out, "    ", "smtp; ", rcpt->diagnostic));
		else
			TRY(put_line(out, "    ", "", rcpt->reason));
	}
	return buf_put_str(out, "\r\n");
}

enum err
report_text_body(const struct report *r, struct span subject, struct span date, struct buf *out)
{
	int language = language_of(r);

	TRY(put_line(out, "", kinds[language][r->kind].story, SPAN_NONE));
	TRY(buf_put_str(out, "\r\n"));
	TRY(put_mail(r, subject, date, out));
	if (r->kind != REPORT_RELAYED) {
		TRY(put_advice(r, out));
		TRY(put_literal(r, out));
	}
	return put_line(out, "", words[language][WORD_GREETING], SPAN_NONE);
}
