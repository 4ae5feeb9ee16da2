/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Candidates as they stand in a description (RFC 8839 5.1): which ones of the
 * other side may be given to libnice, and what of ours is nobody's business.
 *
 * Threads: any. Locks: none.
 */
#include "ice-candidate.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_LINE 512
#define MAX_WORDS 64
#define CANDIDATE "candidate:"

/* After foundation, component, transport, priority, address and port. */
#define FIRST_PAIR 6

/* The last one, as libnice does. */
static const gchar *
find_value (gchar ** words, const gchar * name)
{
  const gchar *value = NULL;

  for (guint i = FIRST_PAIR; words[i] && words[i + 1]; i += 2) {
    if (g_str_equal (words[i], name))
      value = words[i + 1];
  }
  return value;
}

static gboolean
has_good_length (gchar ** words)
{
  guint n = g_strv_length (words);

  return n >= FIRST_PAIR && n < MAX_WORDS && (n - FIRST_PAIR) % 2 == 0;
}

static gboolean
is_number (const gchar * word, guint64 max)
{
  return g_ascii_string_to_unsigned (word, 10, 0, max, NULL, NULL);
}

static gboolean
has_known_type (gchar ** words)
{
  static const gchar *const types[] = { "host", "srflx", "prflx", "relay",
    NULL
  };
  const gchar *type = find_value (words, "typ");

  return type && g_strv_contains (types, type);
}

static gboolean
has_transport (gchar ** words, gboolean tcp)
{
  if (g_ascii_strcasecmp (words[2], "udp") == 0)
    return TRUE;
  return tcp && g_ascii_strcasecmp (words[2], "tcp") == 0
      && (g_strcmp0 (find_value (words, "tcptype"), "passive") == 0
      || g_strcmp0 (find_value (words, "tcptype"), "active") == 0);
}

static gboolean
has_good_related (gchar ** words)
{
  const gchar *address = find_value (words, "raddr");
  const gchar *port = find_value (words, "rport");

  return (!address || g_hostname_is_ip_address (address))
      && (!port || is_number (port, G_MAXUINT16));
}

/**
 * ice_candidate_is_useful:
 * @line: `candidate:…`, of the other side
 * @tcp: whether we do ICE over TCP
 *
 * Names of mDNS are of no use, since nobody here asks for them, and no second
 * component, since RTCP needs none.
 *
 * Returns: whether a path may be sought with it
 */
gboolean
ice_candidate_is_useful (const gchar * line, gboolean tcp)
{
  gchar **words;
  gboolean good;

  if (strnlen (line, MAX_LINE) == MAX_LINE
      || !g_str_has_prefix (line, CANDIDATE))
    return FALSE;
  words = g_strsplit (line + strlen (CANDIDATE), " ", MAX_WORDS);
  good = has_good_length (words) && g_str_equal (words[1], "1")
      && has_transport (words, tcp) && is_number (words[3], G_MAXUINT32)
      && g_hostname_is_ip_address (words[4]) && is_number (words[5],
      G_MAXUINT16) && has_known_type (words) && has_good_related (words);
  g_strfreev (words);
  return good;
}

/**
 * ice_candidate_without_related:
 * @line: `candidate:…`, of ours
 *
 * Whoever is relayed has not asked to be seen (RFC 8839 5.1).
 *
 * Returns: (transfer full): it with an unspecified related address
 */
gchar *
ice_candidate_without_related (const gchar * line)
{
  gchar **words = g_strsplit (line, " ", MAX_WORDS);
  gboolean ipv6 = g_strv_length (words) > FIRST_PAIR && strchr (words[4], ':');
  gchar *text;

  for (guint i = 0; words[i] && words[i + 1]; i++) {
    gboolean address = g_str_equal (words[i], "raddr");

    if (!address && !g_str_equal (words[i], "rport"))
      continue;
    g_free (words[i + 1]);
    words[i + 1] = g_strdup (!address ? "9" : ipv6 ? "::" : "0.0.0.0");
  }
  text = g_strjoinv (" ", words);
  g_strfreev (words);
  return text;
}
