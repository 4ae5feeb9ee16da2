/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Packets of a data channel, each after its length (one byte), and the texts
 * that come of them.
 */
#include <stdint.h>
#include <string.h>
#include <text-stream.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  TextStreams *streams = text_streams_new ();
  gint64 now = 0;

  while (size > 0) {
    gsize length = MIN (data[0], size - 1);
    LivekitData *packet = livekit_data_decode (data + 1, length, NULL);
    LivekitText *text = packet ? text_streams_take (streams, packet, now) :
        NULL;

    if (text) {
      g_assert (g_utf8_validate (text->text, -1, NULL));
      g_assert (g_hash_table_size (text->attributes) <= 64);
      g_assert (livekit_data_chunk_size (text->text) <= strlen (text->text));
    }
    g_assert (text_streams_count (streams) <= 64);
    livekit_text_free (text);
    livekit_data_free (packet);
    now += length * 100;
    data += length + 1;
    size -= length + 1;
  }
  text_streams_free (streams);
  return 0;
}
