/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Headers of requests to `gst-voice serve`: Host, Origin and Authorization, a
 * line each; and descriptions with candidates added.
 */
#include <gio/gio.h>
#include <rtc-description.h>
#include <serve-guard.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

/* Nothing but these can be local, whatever stands around them. */
static void
check_local (const gchar * host)
{
  gchar *low = g_ascii_strdown (host, -1);

  if (!strstr (low, "localhost") && !strstr (low, "127.") && !strchr (low, ':'))
    g_error ("'%s' is taken for this machine", host);
  g_free (low);
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  static const gchar *const candidates[] = { "candidate:1" };
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar **lines = g_strsplit (text, "\n", 3), *sdp;
  guint n = g_strv_length (lines);

  if (n > 0 && serve_guard_is_local (lines[0]))
    check_local (lines[0]);
  if (n > 1 && serve_guard_is_ours (lines[1], lines[0])
      && !g_str_has_prefix (lines[1], "http"))
    g_error ("'%s' is taken for ours", lines[1]);
  if (n > 2 && serve_guard_has_token (lines[2], "0123456789abcdef")
      && !strstr (lines[2], "0123456789abcdef"))
    g_error ("'%s' is taken for the token", lines[2]);
  sdp = rtc_description_add_candidates (text, candidates, 1);
  if (strlen (sdp) < strlen (text))
    g_error ("something was lost");
  g_free (sdp);
  g_strfreev (lines);
  g_free (text);
  return 0;
}
