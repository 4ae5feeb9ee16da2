/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the library only. */

#include <libsoup/soup.h>

typedef struct _GstVoiceHttpBody GstVoiceHttpBody;

typedef enum
{
  GST_VOICE_HTTP_BODY_MORE,     /* read on */
  GST_VOICE_HTTP_BODY_PIECE,
  GST_VOICE_HTTP_BODY_END,      /* and complete */
  GST_VOICE_HTTP_BODY_CUT,      /* the end came too early */
  GST_VOICE_HTTP_BODY_BAD,      /* cannot be decompressed */
} GstVoiceHttpBodyResult;

GstVoiceHttpBody *gst_voice_http_body_new (SoupMessageHeaders * headers,
    gboolean may_have_body);
void gst_voice_http_body_free (GstVoiceHttpBody * body);
guint8 *gst_voice_http_body_get_buffer (GstVoiceHttpBody * body, gsize * size);
void gst_voice_http_body_put (GstVoiceHttpBody * body, gsize got);
GstVoiceHttpBodyResult gst_voice_http_body_take (GstVoiceHttpBody * body,
    const guint8 ** data, gsize * size);
