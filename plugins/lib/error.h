/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS
/**
 * GstVoiceError:
 * @GST_VOICE_ERROR_AUTH: the key was refused (HTTP 401, 403)
 * @GST_VOICE_ERROR_QUOTA: the account has nothing left (HTTP 402)
 * @GST_VOICE_ERROR_RATE_LIMITED: too many requests (HTTP 429)
 * @GST_VOICE_ERROR_CONNECT_TIMEOUT: no connection within the deadline
 * @GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT: connected, but no answer began in time
 * @GST_VOICE_ERROR_STALLED: the answer began and then stood still
 * @GST_VOICE_ERROR_DISCONNECTED: refused, reset or closed by the other side
 * @GST_VOICE_ERROR_BAD_REQUEST: the service did not like the request (4xx)
 * @GST_VOICE_ERROR_BAD_RESPONSE: the answer could not be understood
 * @GST_VOICE_ERROR_SERVER: the service failed (5xx)
 * @GST_VOICE_ERROR_UNSUPPORTED: what was asked for does not exist there
 * @GST_VOICE_ERROR_CANCELLED: we took the request back
 * @GST_VOICE_ERROR_INTERNAL: a fault of ours or of this machine
 *
 * What can go wrong with a provider of speech, language or a tool. Every
 * provider's own errors are mapped to one of these.
 */
    typedef enum
{
  GST_VOICE_ERROR_AUTH,
  GST_VOICE_ERROR_QUOTA,
  GST_VOICE_ERROR_RATE_LIMITED,
  GST_VOICE_ERROR_CONNECT_TIMEOUT,
  GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
  GST_VOICE_ERROR_STALLED,
  GST_VOICE_ERROR_DISCONNECTED,
  GST_VOICE_ERROR_BAD_REQUEST,
  GST_VOICE_ERROR_BAD_RESPONSE,
  GST_VOICE_ERROR_SERVER,
  GST_VOICE_ERROR_UNSUPPORTED,
  GST_VOICE_ERROR_CANCELLED,
  GST_VOICE_ERROR_INTERNAL,
} GstVoiceError;

#define GST_VOICE_ERROR (gst_voice_error_quark ())
GST_VOICE_API GQuark gst_voice_error_quark (void);

GST_VOICE_API const gchar *gst_voice_error_name (GstVoiceError code);
GST_VOICE_API gboolean gst_voice_error_from_name (const gchar * name,
    GstVoiceError * code);
GST_VOICE_API gboolean gst_voice_error_is_retryable (GstVoiceError code);
GST_VOICE_API GstVoiceError gst_voice_error_from_http_status (guint status);
GST_VOICE_API void gst_voice_error_set_request (GError * error,
    guint http_status, const gchar * request_id);
GST_VOICE_API void gst_voice_error_inherit (GError * error,
    const GError * from);
GST_VOICE_API void gst_voice_error_post (GstElement * element,
    const GError * error, const gchar * provider, guint http_status,
    const gchar * request_id, gboolean fatal);

G_END_DECLS
