/* cli/monitor.c - /healthz and /metrics. See monitor.h. */
#include "cli/monitor.h"

#include "cli/roles.h"
#include "core/metrics.h"

static enum err
render_health(void *ctx, struct buf *out, unsigned *ret_status)
{
	struct monitor *m = ctx;
	unsigned wanted = atomic_load(&m->wanted);
	unsigned ready = atomic_load(&m->ready);

	if (atomic_load(&m->stopping) || wanted == 0 || (ready & wanted) != wanted)
		*ret_status = 503;
	TRY(buf_put_str(out, *ret_status == 200 ? "ok\n" : "not ready\n"));
	for (int id = 0; id < ROLE__COUNT; id++) {
		if (wanted & 1u << id)
			TRY(buf_printf(out, "%s: %s\n", roles[id].name,
			    ready & 1u << id ? "ready" : "not ready"));
	}
	return ERR_OK;
}

static enum err
render_metrics(void *ctx, struct buf *out, unsigned *ret_status)
{
	(void)ctx;
	(void)ret_status;
	return metrics_render(out);
}

enum err
monitor_start(struct monitor *m, int listen_fd)
{
	m->pages[0] =
	    (struct http_monitor_page){ "/healthz", "text/plain; charset=utf-8", render_health, m };
	m->pages[1] = (struct http_monitor_page){ "/metrics",
		"text/plain; version=0.0.4; charset=utf-8", render_metrics, NULL };
	if (listen_fd < 0)
		return ERR_OK;
	return http_monitor_start(listen_fd, m->pages, 2, &m->http);
}

void
monitor_stop(struct monitor *m)
{
	http_monitor_free(&m->http);
}

void
monitor_health(struct monitor *m, unsigned wanted, unsigned ready, bool stopping)
{
	atomic_store(&m->wanted, wanted);
	atomic_store(&m->ready, ready);
	atomic_store(&m->stopping, stopping);
}
