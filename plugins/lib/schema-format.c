/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The formats of JSON Schema that are asserted on demand.
 *
 * Threads: any. Locks: none.
 */
#include "schema-private.h"

#include <arpa/inet.h>
#include <string.h>

/* Exactly @n digits; moves on behind them. */
static gboolean
digits (const gchar ** p, guint n, guint * value)
{
  *value = 0;
  for (; n > 0; n--, ++*p) {
    if (!g_ascii_isdigit (**p))
      return FALSE;
    *value = *value * 10 + (**p - '0');
  }
  return TRUE;
}

static gboolean
one_of (const gchar ** p, const gchar * chars)
{
  if (!**p || !strchr (chars, **p))
    return FALSE;
  ++*p;
  return TRUE;
}

/* RFC 3339: full-date */
static gboolean
full_date (const gchar ** p)
{
  guint year, month, day;

  return digits (p, 4, &year) && one_of (p, "-") && digits (p, 2, &month)
      && one_of (p, "-") && digits (p, 2, &day) && month >= 1 && month <= 12
      /* The calendar repeats after 400 years, and GDate has no year 0. */
      && day >= 1 && day <= g_date_get_days_in_month (month, year + 400);
}

/* RFC 3339: time-offset, in minutes */
static gboolean
offset (const gchar ** p, gint * minutes)
{
  gint sign = **p == '-' ? -1 : 1;
  guint hour, minute;

  *minutes = 0;
  if (one_of (p, "zZ"))
    return TRUE;
  if (!one_of (p, "+-") || !digits (p, 2, &hour) || !one_of (p, ":")
      || !digits (p, 2, &minute) || hour > 23 || minute > 59)
    return FALSE;
  *minutes = sign * (gint) (hour * 60 + minute);
  return TRUE;
}

/* RFC 3339: full-time. A leap second is the last of a day in UTC. */
static gboolean
full_time (const gchar ** p)
{
  guint hour, minute, second;
  gint minutes;

  if (!digits (p, 2, &hour) || !one_of (p, ":") || !digits (p, 2, &minute)
      || !one_of (p, ":") || !digits (p, 2, &second))
    return FALSE;
  if (one_of (p, ".")) {
    if (!g_ascii_isdigit (**p))
      return FALSE;
    while (g_ascii_isdigit (**p))
      ++ * p;
  }
  if (!offset (p, &minutes) || hour > 23 || minute > 59 || second > 60)
    return FALSE;
  return second < 60 ||
      (hour * 60 + minute - minutes + 1440) % 1440 == 23 * 60 + 59;
}

static gboolean
is_date (const gchar * text)
{
  return full_date (&text) && !*text;
}

static gboolean
is_time (const gchar * text)
{
  return full_time (&text) && !*text;
}

static gboolean
is_date_time (const gchar * text)
{
  return full_date (&text) && one_of (&text, "tT") && full_time (&text)
      && !*text;
}

/* RFC 1123, section 2.1 */
static gboolean
is_hostname (const gchar * text)
{
  guint label = 0;

  if (!*text || strlen (text) > 253)
    return FALSE;
  for (; *text; text++) {
    if (*text == '.') {
      if (label == 0 || text[-1] == '-')
        return FALSE;
      label = 0;
    } else if (!(g_ascii_isalnum (*text) || (*text == '-' && label > 0))
        || ++label > 63) {
      return FALSE;
    }
  }
  return label > 0 && text[-1] != '-';
}

static gboolean
is_ipv4 (const gchar * text)
{
  struct in_addr address;

  return inet_pton (AF_INET, text, &address) == 1;
}

static gboolean
is_ipv6 (const gchar * text)
{
  struct in6_addr address;

  return inet_pton (AF_INET6, text, &address) == 1;
}

/* RFC 5321's Mailbox without quoted strings and address literals, which no
 * caller spells out. */
static gboolean
is_email (const gchar * text)
{
  const gchar *at = strrchr (text, '@');
  gsize length = at ? at - text : 0;

  if (length == 0 || length > 64 || text[0] == '.' || at[-1] == '.')
    return FALSE;
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '.' ? text[i + 1] == '.' :
        !(g_ascii_isalnum (text[i]) || strchr ("!#$%&'*+-/=?^_`{|}~", text[i])))
      return FALSE;
  }
  return is_hostname (at + 1);
}

/* RFC 3986: a scheme, a colon, and only characters that a URI may have. */
static gboolean
is_uri (const gchar * text)
{
  const gchar *p = text;

  if (!g_ascii_isalpha (*p))
    return FALSE;
  while (g_ascii_isalnum (*p) || (*p && strchr ("+-.", *p)))
    p++;
  if (!one_of (&p, ":"))
    return FALSE;
  for (; *p; p++) {
    if (*p == '%') {
      if (!g_ascii_isxdigit (p[1]) || !g_ascii_isxdigit (p[2]))
        return FALSE;
    } else if (!g_ascii_isalnum (*p)
        && !strchr ("-._~:/?#[]@!$&'()*+,;=", *p)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_uuid (const gchar * text)
{
  for (guint i = 0; i < 36; i++) {
    gboolean dash = i == 8 || i == 13 || i == 18 || i == 23;

    if (dash ? text[i] != '-' : !g_ascii_isxdigit (text[i]))
      return FALSE;
  }
  return text[36] == '\0';
}

static const SchemaFormat formats[] = {
  {"date", is_date, "YYYY-MM-DD"},
  {"time", is_time, "hh:mm:ssZ or hh:mm:ss+hh:mm"},
  {"date-time", is_date_time, "YYYY-MM-DDThh:mm:ssZ or with +hh:mm for Z"},
  {"email", is_email, "name@example.com"},
  {"hostname", is_hostname, "www.example.com"},
  {"ipv4", is_ipv4, "192.0.2.1"},
  {"ipv6", is_ipv6, "2001:db8::1"},
  {"uri", is_uri, "https://example.com/path"},
  {"uuid", is_uuid,
      "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, x being hexadecimal"},
};

/* NULL if there is none of that name, or none that is asserted. */
const SchemaFormat *
schema_format_find (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (strcmp (formats[i].name, name) == 0)
      return &formats[i];
  }
  return NULL;
}
