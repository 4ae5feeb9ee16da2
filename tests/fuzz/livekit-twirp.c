/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What LiveKit's APIs answer: who is in a room, a dispatch, a refusal.
 */
#include <gio/gio.h>
#include <twirp.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  gchar *text = g_strndup ((const gchar *) data, size), *id;
  LivekitDispatchState state;
  GError *error = NULL;
  guint people;

  livekit_twirp_count_people ((const gchar *) data, size, &people, &error);
  g_clear_error (&error);
  if (livekit_twirp_read_dispatch ((const gchar *) data, size, &id, &error)
      != (error == NULL))
    g_error ("neither an answer nor an error");
  g_clear_error (&error);
  g_free (id);
  if (livekit_twirp_find_dispatch ((const gchar *) data, size, "AD_1", &state,
          &error) != (error == NULL))
    g_error ("neither a state nor an error");
  g_clear_error (&error);
  error = livekit_twirp_refusal (size > 0 ? 400 + data[0] : 503, text);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_error_free (error);
  g_free (text);
  return 0;
}
