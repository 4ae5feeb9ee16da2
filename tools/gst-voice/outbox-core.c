/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the outbox does with the answer of a receiver, and how it signs.
 *
 * Threads: any. Locks: none.
 */
#include "outbox.h"

#include <string.h>

#define FIRST_PAUSE_MS 1000
#define MAX_PAUSE_MS (15 * 60 * 1000)
/* However long a receiver wants to be left alone. */
#define MAX_RETRY_AFTER_MS (60 * 60 * 1000)

/**
 * outbox_sign:
 * @secret: of the receiver and us
 * @now: wall time, µs
 * @body: what is sent
 *
 * The time is signed too, so that a receiver can refuse what is old.
 *
 * Returns: (transfer full): the value of `X-Gst-Voice-Signature`
 */
gchar *
outbox_sign (const gchar * secret, gint64 now, const gchar * body)
{
  gchar *time = g_strdup_printf ("%" G_GINT64_FORMAT, now / G_USEC_PER_SEC);
  gchar *signed_text = g_strconcat (time, ".", body, NULL);
  gchar *sum = g_compute_hmac_for_string (G_CHECKSUM_SHA256,
      (const guchar *) secret, strlen (secret), signed_text, -1);
  gchar *value = g_strconcat ("t=", time, ",v1=", sum, NULL);

  g_free (sum);
  g_free (signed_text);
  g_free (time);
  return value;
}

/**
 * outbox_judge:
 * @outcome: of an attempt
 * @too_old: whether it was tried for long enough
 *
 * A receiver that says that the request is wrong would say so again.
 *
 * Returns: the state of the document now
 */
const gchar *
outbox_judge (const OutboxOutcome * outcome, gboolean too_old)
{
  guint status = outcome->status;

  if (status / 100 == 2)
    return OUTBOX_DELIVERED;
  if (status / 100 == 4 && status != 408 && status != 429)
    return OUTBOX_DEAD;
  return too_old ? OUTBOX_DEAD : OUTBOX_WAITING;
}

/**
 * outbox_pause:
 * @attempts: how many have failed, at least 1
 * @retry_after: what the receiver asks for in ms, or -1
 *
 * Returns: how long to wait before the next, in ms
 */
gint64
outbox_pause (guint attempts, gint64 retry_after)
{
  gint64 pause = FIRST_PAUSE_MS;

  for (guint i = 1; i < attempts && pause < MAX_PAUSE_MS; i++)
    pause *= 2;
  pause = MIN (pause, MAX_PAUSE_MS);
  return MAX (pause, MIN (retry_after, MAX_RETRY_AFTER_MS));
}
