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
compare (const RtcSection * a, const RtcSection * b)
{
  if (!g_str_equal (a->mid, b->mid) || !g_str_equal (a->media, b->media)
      || a->usable != b->usable || (a->usable && a->kind != b->kind)
      || a->usable == b->rejected)
    g_error ("the answer has another section");
  if (a->usable && a->kind == RTC_AUDIO && (b->sends || a->opus != b->opus
          || a->sends != b->receives))
    g_error ("the answer is no answer");
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const RtcSelf self = { 1, 2, "ufra", "passwordpasswordpassword", "00:11",
    "cname"
  };
  gchar *text = g_strndup ((const gchar *) data, size);
  RtcDescription *offer = rtc_description_parse (text, NULL), *answer;
  gchar *sdp;

  g_free (text);
  if (!offer)
    return 0;
  sdp = rtc_description_write_answer (&self, offer, TRUE);
  answer = rtc_description_parse (sdp, NULL);
  if (!answer || answer->sections->len != offer->sections->len)
    g_error ("the answer is no description");
  for (guint i = 0; i < offer->sections->len; i++)
    compare (g_ptr_array_index (offer->sections, i),
        g_ptr_array_index (answer->sections, i));
  g_free (sdp);
  rtc_description_free (answer);
  rtc_description_free (offer);
  return 0;
}
