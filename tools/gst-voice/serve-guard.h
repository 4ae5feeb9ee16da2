/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Who may do what at `gst-voice serve`: headers of requests, as they came. */

gboolean serve_guard_is_local (const gchar * host);
gboolean serve_guard_is_ours (const gchar * origin, const gchar * host);
gboolean serve_guard_has_token (const gchar * authorization,
    const gchar * token);
gchar *serve_guard_secret (void);

/* So many at once, and so many a second. */
typedef struct
{
  gdouble left;
  gint64 at;                    /* monotonic, µs; 0: full */
} ServeBucket;

gboolean serve_bucket_take (ServeBucket * bucket, guint burst,
    gdouble per_second, gint64 now);
