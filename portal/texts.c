/*
 * portal/texts.c - every sentence that a recipient reads, by language.
 */
#include "portal/texts.h"

#include <assert.h>
#include <stdlib.h>

const char *const text_language_codes[TEXT_LANGUAGES] = { "nl", "de", "en" };
const char *const text_language_names[TEXT_LANGUAGES] = { "Nederlands", "Deutsch", "English" };

/* clang-format off */
const struct text text_table[] = {
	/* every page */
	{ "secured_by", {
	    "Beveiligd verzonden met SecuDoc 365",
	    "Sicher versendet mit SecuDoc 365",
	    "Sent securely with SecuDoc 365" } },
	{ "language", { "Taal", "Sprache", "Language" } },
	{ "skip", { "Naar de inhoud", "Zum Inhalt", "Skip to content" } },

	/* the link page */
	{ "link_title", {
	    "{{#one}}Een bestand voor u{{/one}}{{^one}}Bestanden voor u{{/one}}",
	    "{{#one}}Eine Datei für Sie{{/one}}{{^one}}Dateien für Sie{{/one}}",
	    "{{#one}}A file for you{{/one}}{{^one}}Files for you{{/one}}" } },
	{ "link_intro", {
	    "<strong>{{organisation}}</strong> heeft {{#one}}een bestand{{/one}}{{^one}}{{count}} bestanden (<span class=\"keep\">{{total}}</span>){{/one}}"
	    " voor u klaargezet.",
	    "<strong>{{organisation}}</strong> hat {{#one}}eine Datei{{/one}}{{^one}}{{count}} Dateien (<span class=\"keep\">{{total}}</span>){{/one}}"
	    " für Sie bereitgestellt.",
	    "<strong>{{organisation}}</strong> has {{#one}}a file{{/one}}{{^one}}{{count}} files (<span class=\"keep\">{{total}}</span>){{/one}}"
	    " ready for you." } },
	{ "from", { "Afzender", "Absender", "Sender" } },
	{ "until", { "Beschikbaar tot", "Verfügbar bis", "Available until" } },
	{ "files", { "Bestanden", "Dateien", "Files" } },
	{ "more_files", {
	    "en nog {{#more_one}}een bestand{{/more_one}}{{^more_one}}{{more_count}} bestanden{{/more_one}}",
	    "und {{#more_one}}eine weitere Datei{{/more_one}}{{^more_one}}{{more_count}} weitere Dateien{{/more_one}}",
	    "and {{#more_one}}one more file{{/more_one}}{{^more_one}}{{more_count}} more files{{/more_one}}" } },
	{ "code_to_known", {
	    "Om zeker te weten dat u het bent, sturen wij een code naar <strong>{{address}}</strong>.",
	    "Um sicherzugehen, dass Sie es sind, senden wir einen Code an <strong>{{address}}</strong>.",
	    "To make sure it is you, we send a code to <strong>{{address}}</strong>." } },
	{ "code_to_typed", {
	    "Om zeker te weten dat u het bent, sturen wij een code naar het e-mailadres waarop u het bericht"
	    " kreeg.",
	    "Um sicherzugehen, dass Sie es sind, senden wir einen Code an die E-Mail-Adresse, an die die"
	    " Nachricht ging.",
	    "To make sure it is you, we send a code to the e-mail address that the message was sent to." } },
	{ "still_open", {
	    "U hebt in deze browser al een code ingevuld.",
	    "Sie haben in diesem Browser bereits einen Code eingegeben.",
	    "You have already entered a code in this browser." } },
	{ "address", { "Uw e-mailadres", "Ihre E-Mail-Adresse", "Your e-mail address" } },
	{ "send_code", { "Stuur mij een code", "Code an mich senden", "Send me a code" } },
	{ "address_odd", {
	    "Dit is geen e-mailadres. Controleer wat u hebt ingevuld.",
	    "Das ist keine E-Mail-Adresse. Bitte prüfen Sie Ihre Eingabe.",
	    "This is not an e-mail address. Please check what you entered." } },

	/* code entry */
	{ "code_title", { "Vul de code in", "Code eingeben", "Enter the code" } },
	{ "code_sent_known", {
	    "Wij hebben een code van 6 cijfers gemaild naar <strong>{{address}}</strong>. De code is"
	    " {{minutes}} minuten geldig.",
	    "Wir haben einen sechsstelligen Code an <strong>{{address}}</strong> gesendet. Der Code gilt"
	    " {{minutes}} Minuten.",
	    "We have mailed a code of 6 digits to <strong>{{address}}</strong>. The code is valid for"
	    " {{minutes}} minutes." } },
	{ "code_sent_typed", {
	    "Is het bericht aan uw adres gestuurd, dan komt er nu een mail met een code van 6 cijfers. De"
	    " code is {{minutes}} minuten geldig. Per uur worden er hooguit 5 codes gestuurd.",
	    "Wenn die Nachricht an Ihre Adresse ging, kommt jetzt eine E-Mail mit einem sechsstelligen Code."
	    " Der Code gilt {{minutes}} Minuten. Pro Stunde werden höchstens 5 Codes gesendet.",
	    "If the message was sent to your address, a mail with a code of 6 digits is on its way. The code"
	    " is valid for {{minutes}} minutes. At most 5 codes are sent in an hour." } },
	{ "code", { "Code van 6 cijfers", "Sechsstelliger Code", "6-digit code" } },
	{ "open", { "Open de bestanden", "Dateien öffnen", "Open the files" } },
	{ "code_late", {
	    "Geen mail gekregen? Kijk ook bij ongewenste mail. Het kan enkele minuten duren.",
	    "Keine E-Mail erhalten? Sehen Sie auch im Spam-Ordner nach. Es kann einige Minuten dauern.",
	    "No mail yet? Please look in your junk folder, too. It can take a few minutes." } },
	{ "new_code", { "Stuur een nieuwe code", "Neuen Code senden", "Send a new code" } },
	{ "new_code_note", {
	    "Met een nieuwe code vervalt de vorige.",
	    "Ein neuer Code ersetzt den vorherigen.",
	    "A new code replaces the one before." } },
	{ "code_wrong", {
	    "Deze code klopt niet. U kunt het nog {{#last}}één keer{{/last}}{{^last}}{{left}} keer{{/last}}"
	    " proberen.",
	    "Dieser Code stimmt nicht. Sie haben noch {{#last}}einen Versuch{{/last}}"
	    "{{^last}}{{left}} Versuche{{/last}}.",
	    "This code is not right. You can try {{#last}}once more{{/last}}"
	    "{{^last}}{{left}} more times{{/last}}." } },
	{ "code_used_up", {
	    "Deze code is niet meer geldig. Vraag een nieuwe code aan.",
	    "Dieser Code ist nicht mehr gültig. Bitte fordern Sie einen neuen an.",
	    "This code is no longer valid. Please ask for a new one." } },
	{ "code_not_right", {
	    "Deze code klopt niet of is niet meer geldig. Controleer de code of vraag een nieuwe aan.",
	    "Dieser Code stimmt nicht oder ist nicht mehr gültig. Bitte prüfen Sie ihn oder fordern Sie einen"
	    " neuen an.",
	    "This code is not right, or no longer valid. Please check it or ask for a new one." } },
	{ "code_odd", {
	    "Een code bestaat uit 6 cijfers.",
	    "Ein Code besteht aus 6 Ziffern.",
	    "A code has 6 digits." } },
	{ "code_too_many", {
	    "Er zijn kort na elkaar veel codes aangevraagd. Gebruik de laatste code die u kreeg, of probeer het"
	    " over een uur opnieuw.",
	    "Es wurden kurz hintereinander viele Codes angefordert. Bitte verwenden Sie den letzten Code oder"
	    " versuchen Sie es in einer Stunde erneut.",
	    "Many codes were asked for in a short time. Please use the last one you received, or try again in"
	    " an hour." } },

	/* the files */
	{ "files_title", { "Uw bestanden", "Ihre Dateien", "Your files" } },
	{ "files_intro", {
	    "{{#one}}Het bestand staat voor u klaar. U kunt het nu downloaden.{{/one}}"
	    "{{^one}}De bestanden staan voor u klaar. Kies een bestand om het te downloaden.{{/one}}",
	    "{{#one}}Die Datei ist für Sie geöffnet. Sie können sie jetzt herunterladen.{{/one}}"
	    "{{^one}}Die Dateien sind für Sie geöffnet. Wählen Sie eine Datei zum Herunterladen.{{/one}}",
	    "{{#one}}The file is open for you. You can download it now.{{/one}}"
	    "{{^one}}The files are open for you. Choose a file to download it.{{/one}}" } },
	{ "download", { "Downloaden", "Herunterladen", "Download" } },
	{ "session_until", {
	    "Deze pagina werkt nog {{#one_minute}}een minuut{{/one_minute}}"
	    "{{^one_minute}}{{minutes}} minuten{{/one_minute}}. Daarna opent u de link in de mail opnieuw.",
	    "Diese Seite ist noch {{#one_minute}}eine Minute{{/one_minute}}"
	    "{{^one_minute}}{{minutes}} Minuten{{/one_minute}} offen. Danach öffnen Sie bitte den Link in der"
	    " E-Mail erneut.",
	    "This page works for another {{#one_minute}}minute{{/one_minute}}"
	    "{{^one_minute}}{{minutes}} minutes{{/one_minute}}. After that, please open the link in the mail"
	    " again." } },
	{ "close", { "Afsluiten", "Schließen", "Close" } },
	{ "close_note", {
	    "Sluit af als u klaar bent, zeker op een gedeelde computer.",
	    "Bitte schließen Sie die Seite, wenn Sie fertig sind, vor allem an einem gemeinsam genutzten Gerät.",
	    "Please close when you are done, above all on a shared computer." } },
	{ "closed_title", { "Afgesloten", "Geschlossen", "Closed" } },
	{ "closed_text", {
	    "De bestanden zijn niet meer geopend. U kunt dit venster sluiten. Wilt u de bestanden later nog"
	    " eens downloaden, open dan de link in de mail.",
	    "Die Dateien sind nicht mehr geöffnet. Sie können dieses Fenster schließen. Zum erneuten"
	    " Herunterladen öffnen Sie bitte den Link in der E-Mail.",
	    "The files are no longer open. You may close this window. To download the files again, please open"
	    " the link in the mail." } },

	/* what can go wrong */
	{ "gone_title", { "Deze pagina bestaat niet", "Diese Seite gibt es nicht", "There is no such page" } },
	{ "gone_text", {
	    "De link klopt niet, is verlopen of is ingetrokken. Controleer of u de hele link uit de mail hebt"
	    " geopend, of vraag de afzender de bestanden opnieuw te sturen.",
	    "Der Link stimmt nicht, ist abgelaufen oder wurde zurückgezogen. Bitte prüfen Sie, ob Sie den ganzen"
	    " Link aus der E-Mail geöffnet haben, oder bitten Sie den Absender, die Dateien erneut zu senden.",
	    "The link is not right, has expired or was withdrawn. Please check that you opened the whole link"
	    " from the mail, or ask the sender to send the files again." } },
	{ "over_title", { "Open de link opnieuw", "Bitte Link erneut öffnen", "Please open the link again" } },
	{ "over_text", {
	    "Deze pagina is hier niet (meer) geopend. Open de link in de mail opnieuw en vraag een code aan. Uw"
	    " browser moet cookies van deze site toestaan.",
	    "Diese Seite ist hier nicht (mehr) geöffnet. Bitte öffnen Sie den Link in der E-Mail erneut und"
	    " fordern Sie einen Code an. Ihr Browser muss Cookies dieser Seite zulassen.",
	    "This page is not, or no longer, open here. Please open the link in the mail again and ask for a"
	    " code. Your browser has to allow cookies of this site." } },
	{ "stale_title", { "Deze pagina is verouderd", "Diese Seite ist veraltet", "This page is out of date" } },
	{ "stale_text", {
	    "Open de link in de mail opnieuw en probeer het nog eens.",
	    "Bitte öffnen Sie den Link in der E-Mail erneut und versuchen Sie es noch einmal.",
	    "Please open the link in the mail again and try once more." } },
	{ "refused_title", { "Dat kan niet", "Das geht nicht", "That is not possible" } },
	{ "refused_text", {
	    "Dit verzoek kunnen wij niet verwerken. Open de link in de mail opnieuw.",
	    "Diese Anfrage können wir nicht verarbeiten. Bitte öffnen Sie den Link in der E-Mail erneut.",
	    "We cannot process this request. Please open the link in the mail again." } },
	{ "later_title", { "Even geduld", "Einen Moment Geduld", "Please wait a moment" } },
	{ "later_text", {
	    "Het lukt nu niet. Uw bestanden zijn veilig. Probeer het over een paar minuten opnieuw.",
	    "Das gelingt im Moment nicht. Ihre Dateien sind sicher. Bitte versuchen Sie es in einigen Minuten"
	    " erneut.",
	    "That did not work just now. Your files are safe. Please try again in a few minutes." } },

	/* the code mail; plain text, no HTML in it */
	{ "mail_subject", {
	    "Uw code voor de bestanden van {{organisation}}",
	    "Ihr Code für die Dateien von {{organisation}}",
	    "Your code for the files from {{organisation}}" } },
	{ "mail_code", { "Uw code is", "Ihr Code lautet", "Your code is" } },
	{ "mail_valid", {
	    "De code is {{minutes}} minuten geldig. Vul hem in op de pagina die u geopend hebt.",
	    "Der Code gilt {{minutes}} Minuten. Geben Sie ihn auf der geöffneten Seite ein.",
	    "The code is valid for {{minutes}} minutes. Enter it on the page that you opened." } },
	{ "mail_warn", {
	    "Hebt u geen code aangevraagd? Dan hoeft u niets te doen. Geef de code aan niemand door; ook"
	    " {{organisation}} vraagt er nooit naar.",
	    "Sie haben keinen Code angefordert? Dann brauchen Sie nichts zu tun. Geben Sie den Code nicht"
	    " weiter; auch {{organisation}} fragt nie danach.",
	    "You did not ask for a code? Then there is nothing to do. Give the code to nobody; {{organisation}}"
	    " will never ask for it." } },
	{ "mail_auto", {
	    "Deze mail is automatisch gemaakt.",
	    "Diese E-Mail wurde automatisch erstellt.",
	    "This mail was made automatically." } },
};
/* clang-format on */
const size_t text_count = sizeof(text_table) / sizeof(text_table[0]);

const char *
text_of(struct span key, enum tenant_language language)
{
	assert((size_t)language < TEXT_LANGUAGES);
	for (size_t i = 0; i < text_count; i++)
		if (span_eq(span_str(text_table[i].key), key))
			return text_table[i].in[language];
	assert(!"a text that is not in the table");
	abort();
}
