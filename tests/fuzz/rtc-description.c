/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as an offer: what we answer must be a description itself that has
 * the same sections, and only those of use.
 */
#include <rtc-description.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
compare (const RtcSection * a, const RtcSection * b, gboolean sends)
{
  if (!g_str_equal (a->mid, b->mid) || !g_str_equal (a->media, b->media)
      || a->usable != b->usable || (a->usable && a->kind != b->kind)
      || a->usable == b->rejected)
    g_error ("the answer has another section");
  if (a->usable && a->kind == RTC_AUDIO && (b->sends != sends
          || a->opus != b->opus || a->sends != b->receives))
    g_error ("the answer is no answer");
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const RtcSelf self = { 1, 2, "ufra", "passwordpasswordpassword", "00:11",
    "cname"
  };
  const RtcOffered track = { RTC_AUDIO, "stream", "track", 4711, TRUE };
  gchar *text = g_strndup ((const gchar *) data, size);
  RtcDescription *offer = rtc_description_parse (text, NULL), *answer;
  const RtcSection *listener;
  gchar *sdp;

  g_free (text);
  if (!offer)
    return 0;
  sdp = rtc_description_write_answer (&self, offer, TRUE, &track);
  answer = rtc_description_parse (sdp, NULL);
  if (!answer || answer->sections->len != offer->sections->len)
    g_error ("the answer is no description");
  listener = rtc_description_find_listener (offer);
  for (guint i = 0; i < offer->sections->len; i++) {
    const RtcSection *section = g_ptr_array_index (offer->sections, i);

    compare (section, g_ptr_array_index (answer->sections, i),
        section == listener);
  }
  g_free (sdp);
  rtc_description_free (answer);
  rtc_description_free (offer);
  return 0;
}
