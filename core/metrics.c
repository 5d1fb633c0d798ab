#include "core/metrics.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS   16u /* old and new children of each role during a reload, and room */
#define BUCKETS 11u
#define LAYOUT  1u /* raise when the segment changes: old and new program may meet in an upgrade */

enum kind { COUNTER, GAUGE, HISTOGRAM };

/* upper bounds in ms; one more bucket holds the rest */
static const int64_t bounds_ms[BUCKETS] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000,
	60000 };

static const struct row {
	const char *name;
	const char *label; /* or NULL */
	enum kind kind;
	const char *help; /* of the first row of a name */
} rows[METRIC__COUNT] = {
	[METRIC_SMTP_CONNECTIONS] = { "secudoc_smtp_connections", NULL, GAUGE,
	    "SMTP connections open now" },
	[METRIC_SMTP_CONNECTIONS_TOTAL] = { "secudoc_smtp_connections_total", NULL, COUNTER,
	    "SMTP connections accepted" },
	[METRIC_SMTP_CONNECTIONS_REFUSED] = { "secudoc_smtp_connections_refused_total", NULL,
	    COUNTER, "SMTP connections answered with 421 because of a cap" },
	[METRIC_SMTP_TLS_FAILED] = { "secudoc_smtp_tls_failed_total", NULL, COUNTER,
	    "TLS handshakes of SMTP clients that failed" },
	[METRIC_SMTP_COMMANDS_REFUSED] = { "secudoc_smtp_commands_refused_total", NULL, COUNTER,
	    "SMTP commands answered with 4xx or 5xx" },
	[METRIC_MAIL_RECEIVED] = { "secudoc_mails_total", "result=\"accepted\"", COUNTER,
	    "Mails by the answer to their data" },
	[METRIC_MAIL_REPEATED] = { "secudoc_mails_total", "result=\"repeat\"", COUNTER, NULL },
	[METRIC_MAIL_REFUSED] = { "secudoc_mails_total", "result=\"refused\"", COUNTER, NULL },
	[METRIC_MAIL_DEFERRED] = { "secudoc_mails_total", "result=\"deferred\"", COUNTER, NULL },
	[METRIC_MAIL_SECURED] = { "secudoc_decisions_total", "decision=\"secure\"", COUNTER,
	    "Accepted mails by decision" },
	[METRIC_MAIL_PASSED] = { "secudoc_decisions_total", "decision=\"pass\"", COUNTER, NULL },
	[METRIC_MAIL_BYTES] = { "secudoc_mail_bytes_total", NULL, COUNTER,
	    "Bytes of accepted mails as they came" },
	[METRIC_FILES_DETACHED] = { "secudoc_files_detached_total", NULL, COUNTER,
	    "Files taken out of mails" },
	[METRIC_TRUST_REFUSED] = { "secudoc_trust_refused_total", NULL, COUNTER,
	    "Mails that no tenant could be believed to have sent" },
	[METRIC_MARK_INVALID] = { "secudoc_marks_invalid_total", NULL, COUNTER,
	    "Mails with a mark that is not ours" },
	[METRIC_MAIL_LOOPED] = { "secudoc_mails_looped_total", NULL, COUNTER,
	    "Copies that came back a second time and were stopped" },
	[METRIC_RECEIVE_SECONDS] = { "secudoc_receive_seconds", NULL, HISTOGRAM,
	    "From the end of a mail's data to the answer" },
	[METRIC_QUEUE_COPIES] = { "secudoc_queue_copies", NULL, GAUGE,
	    "Copies waiting for delivery or under way" },
	[METRIC_QUEUE_OLDEST_SECONDS] = { "secudoc_queue_oldest_seconds", NULL, GAUGE,
	    "Age of the oldest copy that waits or is under way" },
	[METRIC_DELIVERED] = { "secudoc_deliveries_total", "result=\"delivered\"", COUNTER,
	    "Recipients by the result of a try" },
	[METRIC_DELIVER_RETRIED] = { "secudoc_deliveries_total", "result=\"retry\"", COUNTER,
	    NULL },
	[METRIC_DELIVER_FAILED] = { "secudoc_deliveries_total", "result=\"failed\"", COUNTER,
	    NULL },
	[METRIC_DELIVER_BYTES] = { "secudoc_deliver_bytes_total", NULL, COUNTER,
	    "Bytes of mails rendered for delivery" },
	[METRIC_REPORTS_MADE] = { "secudoc_reports_total", NULL, COUNTER,
	    "Delivery reports made for senders" },
	[METRIC_DELIVER_CONNECTIONS] = { "secudoc_deliver_connections", NULL, GAUGE,
	    "Connections to tenants' servers open now" },
	[METRIC_DELIVER_SECONDS] = { "secudoc_deliver_seconds", NULL, HISTOGRAM,
	    "From receipt of a mail to its acceptance by the tenant's server" },
	[METRIC_TRANSFERS_EXPIRED] = { "secudoc_transfers_expired_total", NULL, COUNTER,
	    "Transfers whose key was destroyed because their time was over" },
	[METRIC_WEB_CONNECTIONS] = { "secudoc_web_connections", NULL, GAUGE,
	    "HTTP connections open now" },
	[METRIC_WEB_REQUESTS_2XX] = { "secudoc_web_requests_total", "status=\"2xx\"", COUNTER,
	    "HTTP requests by class of status" },
	[METRIC_WEB_REQUESTS_3XX] = { "secudoc_web_requests_total", "status=\"3xx\"", COUNTER,
	    NULL },
	[METRIC_WEB_REQUESTS_4XX] = { "secudoc_web_requests_total", "status=\"4xx\"", COUNTER,
	    NULL },
	[METRIC_WEB_REQUESTS_5XX] = { "secudoc_web_requests_total", "status=\"5xx\"", COUNTER,
	    NULL },
	[METRIC_CODES_SENT] = { "secudoc_codes_sent_total", NULL, COUNTER,
	    "Codes mailed to recipients" },
	[METRIC_CODES_WRONG] = { "secudoc_codes_wrong_total", NULL, COUNTER,
	    "Wrong codes entered" },
	[METRIC_DOWNLOADS] = { "secudoc_downloads_total", NULL, COUNTER, "Files downloaded" },
	[METRIC_DOWNLOAD_BYTES] = { "secudoc_download_bytes_total", NULL, COUNTER,
	    "Bytes of files downloaded" },
	[METRIC_WEB_SECONDS] = { "secudoc_web_seconds", NULL, HISTOGRAM,
	    "From an HTTP request to the end of its answer" },
	[METRIC_STORE_COMMITS] = { "secudoc_store_commits_total", NULL, COUNTER,
	    "Database commits" },
	[METRIC_STORE_JOBS] = { "secudoc_store_jobs_total", NULL, COUNTER,
	    "Pieces of work in these commits" },
	[METRIC_STORE_COMMIT_SECONDS] = { "secudoc_store_commit_seconds", NULL, HISTOGRAM,
	    "Time of one commit" },
	[METRIC_CHILDREN_STARTED] = { "secudoc_children_started_total", NULL, COUNTER,
	    "Child processes started" },
	[METRIC_CHILDREN_FAILED] = { "secudoc_children_failed_total", NULL, COUNTER,
	    "Child processes that ended unasked" },
	[METRIC_CONFIG_RELOADS] = { "secudoc_config_reloads_total", "result=\"taken\"", COUNTER,
	    "Reloads of the configuration" },
	[METRIC_CONFIG_RELOADS_REFUSED] = { "secudoc_config_reloads_total", "result=\"refused\"",
	    COUNTER, NULL },
};

/* A counter and a gauge use cell 0; a histogram one cell a bucket, then the rest, then the sum in ms. */
#define CELL_REST BUCKETS
#define CELL_SUM  (BUCKETS + 1)
#define CELLS     (BUCKETS + 2)

struct slot {
	_Atomic int64_t cells[METRIC__COUNT][CELLS];
};

struct segment {
	uint32_t layout;
	uint32_t metrics;
	struct slot slots[SLOTS]; /* 0 is the supervisor's */
};

static struct segment own = { LAYOUT, METRIC__COUNT, { { { { 0 } } } } };
static struct segment *segment = &own;
static unsigned mine;
static bool taken[SLOTS] = { true };

static void
add(enum metric m, unsigned cell, int64_t n)
{
	assert(m < METRIC__COUNT);
	atomic_fetch_add_explicit(&segment->slots[mine].cells[m][cell], n, memory_order_relaxed);
}

void
metric_add(enum metric m, int64_t n)
{
	assert(rows[m].kind == GAUGE || (rows[m].kind == COUNTER && n >= 0));
	add(m, 0, n);
}

void
metric_set(enum metric m, int64_t value)
{
	assert(m < METRIC__COUNT && rows[m].kind == GAUGE);
	atomic_store_explicit(&segment->slots[mine].cells[m][0], value, memory_order_relaxed);
}

void
metric_time_ms(enum metric m, int64_t ms)
{
	unsigned cell = 0;

	assert(rows[m].kind == HISTOGRAM);
	if (ms < 0)
		ms = 0; /* a wall clock that was set back */
	while (cell < BUCKETS && ms > bounds_ms[cell])
		cell++;
	add(m, cell, 1);
	add(m, CELL_SUM, ms);
}

static int64_t
sum(enum metric m, unsigned cell)
{
	int64_t total = 0;

	for (unsigned i = 0; i < SLOTS; i++)
		total +=
		    atomic_load_explicit(&segment->slots[i].cells[m][cell], memory_order_relaxed);
	return total;
}

int64_t
metric_value(enum metric m)
{
	int64_t total = 0;

	assert(m < METRIC__COUNT);
	if (rows[m].kind != HISTOGRAM)
		return sum(m, 0);
	for (unsigned cell = 0; cell <= CELL_REST; cell++)
		total += sum(m, cell);
	return total;
}

/* The buckets of this format are cumulative, in seconds. */
static enum err
put_histogram(enum metric m, struct buf *out)
{
	const char *name = rows[m].name;
	int64_t below = 0;

	for (unsigned cell = 0; cell < BUCKETS; cell++) {
		below += sum(m, cell);
		TRY(buf_printf(out, "%s_bucket{le=\"%g\"} %" PRId64 "\n", name,
		    (double)bounds_ms[cell] / 1000, below));
	}
	below += sum(m, CELL_REST);
	int64_t sum_ms = sum(m, CELL_SUM);
	TRY(buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", name, below));
	TRY(buf_printf(
	    out, "%s_sum %" PRId64 ".%03" PRId64 "\n", name, sum_ms / 1000, sum_ms % 1000));
	return buf_printf(out, "%s_count %" PRId64 "\n", name, below);
}

enum err
metrics_render(struct buf *out)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	for (enum metric m = 0; m < METRIC__COUNT; m++) {
		const struct row *row = &rows[m];

		assert(row->name != NULL);
		if (row->help != NULL)
			TRY(buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help,
			    row->name, kinds[row->kind]));
		if (row->kind == HISTOGRAM)
			TRY(put_histogram(m, out));
		else if (row->label != NULL)
			TRY(buf_printf(
			    out, "%s{%s} %" PRId64 "\n", row->name, row->label, sum(m, 0)));
		else
			TRY(buf_printf(out, "%s %" PRId64 "\n", row->name, sum(m, 0)));
	}
	return ERR_OK;
}

static enum err
map(int fd)
{
	void *p = mmap(NULL, sizeof(struct segment), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return err_set(ERR_TEMP, "metrics: %s", strerror(errno));
	segment = p;
	return ERR_OK;
}

enum err
metrics_create(int *ret_fd)
{
	int fd = memfd_create("secudoc-metrics", MFD_CLOEXEC);

	if (fd < 0)
		return err_set(ERR_TEMP, "metrics: %s", strerror(errno));
	if (ftruncate(fd, (off_t)sizeof(struct segment)) != 0) {
		enum err err = err_set(ERR_TEMP, "metrics: %s", strerror(errno));
		close(fd);
		return err;
	}
	enum err err = map(fd);
	if (err != ERR_OK) {
		close(fd);
		return err;
	}
	segment->layout = LAYOUT;
	segment->metrics = METRIC__COUNT;
	*ret_fd = fd;
	return ERR_OK;
}

int
metrics_slot_take(void)
{
	for (unsigned i = 1; i < SLOTS; i++) {
		if (taken[i])
			continue;
		taken[i] = true;
		return (int)i;
	}
	return -1;
}

void
metrics_slot_drop(int slot)
{
	if (slot < 0)
		return;
	assert(slot > 0 && (unsigned)slot < SLOTS);
	assert(taken[slot]);
	for (unsigned m = 0; m < METRIC__COUNT; m++) {
		for (unsigned cell = 0; cell < CELLS; cell++) {
			int64_t n = atomic_exchange(&segment->slots[slot].cells[m][cell], 0);

			if (rows[m].kind != GAUGE)
				atomic_fetch_add(&segment->slots[0].cells[m][cell], n);
		}
	}
	taken[slot] = false;
}

enum err
metrics_attach(int fd, int slot)
{
	struct stat st;

	if (slot < 0 || (unsigned)slot >= SLOTS)
		return err_set(ERR_SYNTAX, "metrics: slot %d, there are %u", slot, SLOTS);
	if (fstat(fd, &st) != 0)
		return err_set(ERR_TEMP, "metrics: %s", strerror(errno));
	if (st.st_size != (off_t)sizeof(struct segment))
		return err_set(ERR_SYNTAX, "metrics: segment of another size");
	TRY(map(fd));
	if (segment->layout != LAYOUT || segment->metrics != METRIC__COUNT) {
		munmap(segment, sizeof(*segment));
		segment = &own;
		return err_set(ERR_SYNTAX, "metrics: segment of another layout");
	}
	mine = (unsigned)slot;
	return ERR_OK;
}
