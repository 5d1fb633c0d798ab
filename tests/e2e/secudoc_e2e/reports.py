"""Reading delivery reports (RFC 3464)."""


class Report:
    def __init__(self, mail):
        self.mail = mail
        m = mail.message
        assert m.get_content_type() == "multipart/report", m.get_content_type()
        assert m.get_param("report-type") == "delivery-status", m.get_param("report-type")
        self.parts = list(m.iter_parts())
        self.text = self.parts[0].get_content()
        status = self.parts[1]
        assert status.get_content_type() in ("message/delivery-status", "message/global-delivery-status"), \
            status.get_content_type()
        blocks = status.get_payload()
        self.message_fields = blocks[0]
        self.recipients = {}
        for b in blocks[1:]:
            if b.keys():
                self.recipients[b["Final-Recipient"].split(";", 1)[1].strip()] = b
        self.header = self.parts[2].get_content() if len(self.parts) > 2 else ""
        if not isinstance(self.header, str):
            self.header = self.header.as_string() if hasattr(self.header, "as_string") else \
                bytes(self.header).decode("utf-8", "replace")


def is_report(mail):
    return mail.message.get_content_type() == "multipart/report"
