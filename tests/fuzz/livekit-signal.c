/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A message of LiveKit's server, and the same bytes as a refusal over HTTP.
 */
#include <signalling-url.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
check_participant (const LivekitParticipant * participant)
{
  LivekitParticipant *copy = livekit_participant_copy (participant);

  g_assert (g_utf8_validate (participant->identity, -1, NULL));
  g_assert (livekit_attributes_equal (copy->attributes,
          participant->attributes));
  for (guint i = 0; i < copy->tracks->len; i++)
    g_assert (livekit_track_equal (copy->tracks->pdata[i],
            participant->tracks->pdata[i]));
  livekit_participant_free (copy);
}

static void
check (const LivekitSignal * signal)
{
  if (signal->type == LIVEKIT_SIGNAL_JOIN) {
    check_participant (signal->join.self);
    g_assert (signal->join.ping_interval > 0);
    for (guint i = 0; i < signal->join.others->len; i++)
      check_participant (signal->join.others->pdata[i]);
  } else if (signal->type == LIVEKIT_SIGNAL_UPDATE) {
    for (guint i = 0; i < signal->update.participants->len; i++)
      check_participant (signal->update.participants->pdata[i]);
  } else if (signal->type == LIVEKIT_SIGNAL_CANDIDATE) {
    /* What we have read we can write. */
    g_bytes_unref (livekit_signal_encode_candidate (&signal->candidate));
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  LivekitSignal *signal = livekit_signal_decode (data, size, NULL);
  gchar *body = g_strndup ((const gchar *) data, size);
  GError *error = livekit_signal_refusal (size > 0 ? 400 + data[0] : 401,
      body);

  g_assert (g_utf8_validate (error->message, -1, NULL));
  g_error_free (error);
  g_free (body);
  if (signal)
    check (signal);
  livekit_signal_free (signal);
  return 0;
}
