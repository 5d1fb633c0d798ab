#include "core/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
system_now_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

static int64_t
system_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static struct clock_source current = { system_now_ms, system_mono_ms };

void
clock_replace(const struct clock_source *source)
{
	current = (struct clock_source){ system_now_ms, system_mono_ms };
	if (source != NULL && source->now_ms != NULL)
		current.now_ms = source->now_ms;
	if (source != NULL && source->mono_ms != NULL)
		current.mono_ms = source->mono_ms;
}

int64_t
clock_now_ms(void)
{
	return current.now_ms();
}

int64_t
clock_mono_ms(void)
{
	return current.mono_ms();
}

/* names are written out: strftime's depend on the locale */
static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };

/* A date in parts, each within the digits it is given. */
struct date {
	unsigned year, month, day, weekday, hour, minute, second, ms;
};

static struct date
split(int64_t ms)
{
	int64_t sec = ms / 1000, part = ms % 1000;
	struct tm tm = { 0 };

	if (part < 0) {
		part += 1000;
		sec--;
	}
	time_t t = (time_t)sec;
	/* nonsense gives the beginning of time, not nonsense */
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year > 8099 || tm.tm_year < -1900)
		tm = (struct tm){ .tm_mday = 1, .tm_year = 70, .tm_wday = 4 };
	return (struct date){ (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_mon % 12,
		(unsigned)tm.tm_mday % 100, (unsigned)tm.tm_wday % 7, (unsigned)tm.tm_hour % 100,
		(unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100, (unsigned)part % 1000 };
}

char *
clock_rfc3339(int64_t ms, char *out)
{
	struct date d = split(ms);

	snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", d.year, d.month + 1,
	    d.day, d.hour, d.minute, d.second, d.ms);
	return out;
}

static char *
mail_date(int64_t ms, const char *zone, char *out)
{
	struct date d = split(ms);

	snprintf(out, CLOCK_TEXT_SIZE, "%.3s, %02u %.3s %04u %02u:%02u:%02u %s", days[d.weekday],
	    d.day, months[d.month], d.year, d.hour, d.minute, d.second, zone);
	return out;
}

char *
clock_rfc5322(int64_t ms, char *out)
{
	return mail_date(ms, "+0000", out);
}

char *
clock_rfc9110(int64_t ms, char *out)
{
	return mail_date(ms, "GMT", out);
}
