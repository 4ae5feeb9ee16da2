/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What English text is in words: a table for each kind of thing that is not
 * written as it is spoken.
 */
#include "chunks.h"

static void
check_english (const gchar * tag, const SpokenRow * rows, guint n)
{
  GError *error = NULL;
  Language *language = language_load (tag, &error);
  Speakable *core;

  g_assert_no_error (error);
  core = speakable_new (language);
  speakable_set_clause_words (core, 0);
  check_rows (core, rows, n);
  speakable_free (core);
  language_unref (language);
}

static void
numbers (void)
{
  static const SpokenRow rows[] = {
    {"0", "zero."},
    {"7", "seven."},
    {"13", "thirteen."},
    {"20", "twenty."},
    {"21", "twenty-one."},
    {"99", "ninety-nine."},
    {"100", "one hundred."},
    {"101", "one hundred one."},
    {"342", "three hundred forty-two."},
    {"1000", "one thousand."},
    {"1,000", "one thousand."},
    {"1,234", "one thousand two hundred thirty-four."},
    {"12,345", "twelve thousand three hundred forty-five."},
    {"100,000", "one hundred thousand."},
    {"1,000,000", "one million."},
    {"2,500,000", "two million five hundred thousand."},
    {"1,234,567,890", "one billion two hundred thirty-four million five "
          "hundred sixty-seven thousand eight hundred ninety."},
    {"3,000,000,000,000", "three trillion."},
    {"1\u202f000\u202f000 people", "one million people."},
    {"50000", "fifty thousand."},
    {"123456", "one hundred twenty-three thousand four hundred fifty-six."},
    {"1234567", "one two three, four five six seven."},
    {"12345678901234567890123", "one two three, four five six, seven eight "
          "nine, zero one two, three four five, six seven eight, nine zero "
          "one, two three."},
    {"007", "zero zero seven."},
    {"3.5", "three point five."},
    {"3.14159", "three point one four one five nine."},
    {"0.05", "zero point zero five."},
    {"10.0", "ten point zero."},
    {"about .5 of it", "about zero point five of it."},
    {"-5", "minus five."},
    {"\u22127", "minus seven."},
    {"It is -12.5 now.", "It is minus twelve point five now."},
    {"+5", "plus five."},
    {"1.5 million", "one point five million."},
    {"5 million people", "five million people."},
    {"10k followers", "ten thousand followers."},
    {"2M users", "two million users."},
    {"7 billion", "seven billion."},
    {"100+", "one hundred plus."},
    {"~50", "about fifty."},
    {"<5", "less than five."},
    {"> 10", "ten."},
    {"It is > 10.", "It is greater than ten."},
    {"2 + 2 = 4", "two plus two equals four."},
    {"5 - 3 = 2", "five minus three equals two."},
    {"5-3=2", "five minus three equals two."},
    {"3*4", "three times four."},
    {"3 * 4 = 12", "three times four equals twelve."},
    {"6 \u00d7 7", "six by seven."},
    {"8 \u00f7 2", "eight divided by two."},
    {"\u00b15", "plus or minus five."},
    {"10^6", "ten to the power of six."},
    {"x\u00b2", "x squared."},
    {"2x faster", "two times faster."},
    {"12 \u00d7 12 = 144",
        "twelve times twelve equals one hundred forty-four."},
    {"100s of people", "hundreds of people."},
    {"3-1", "three to one."},
    {"3:1", "three to one."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
ordinals_and_fractions (void)
{
  static const SpokenRow rows[] = {
    {"1st", "first."},
    {"2nd", "second."},
    {"3rd", "third."},
    {"4th", "fourth."},
    {"11th", "eleventh."},
    {"12th", "twelfth."},
    {"20th", "twentieth."},
    {"21st", "twenty-first."},
    {"32nd floor", "thirty-second floor."},
    {"100th", "one hundredth."},
    {"101st", "one hundred first."},
    {"1,000th", "one thousandth."},
    {"the 19TH century", "the nineteenth century."},
    {"1/2", "one half."},
    {"3/4", "three quarters."},
    {"2/3", "two thirds."},
    {"5/8", "five eighths."},
    {"7/10", "seven out of ten."},
    {"10/10", "ten out of ten."},
    {"22/7", "twenty-two sevenths."},
    {"1 1/2 cups", "one and a half cups."},
    {"2 3/4", "two and three quarters."},
    {"\u00bd", "one half."},
    {"2\u00bd hours", "two and a half hours."},
    {"\u00be cup", "three quarters cup."},
    {"3 \u2153", "three and a third."},
    {"1/3rd of it", "one third of it."},
    {"a 4.8/5 rating", "a four point eight out of five rating."},
    {"1999/2000", "nineteen ninety-nine slash two thousand."},
    {"8/day", "eight per day."},
    {"7 days/week", "seven days per week."},
    {"day/night", "day slash night."},
    {"open 24/7", "open twenty-four seven."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
years_and_ranges (void)
{
  static const SpokenRow rows[] = {
    {"1999", "nineteen ninety-nine."},
    {"1900", "nineteen hundred."},
    {"1905", "nineteen oh five."},
    {"2000", "two thousand."},
    {"2007", "two thousand seven."},
    {"2010", "twenty ten."},
    {"2024", "twenty twenty-four."},
    {"In 1066 he won.", "In ten sixty-six he won."},
    {"in 1845", "in eighteen forty-five."},
    {"since 1776", "since seventeen seventy-six."},
    {"1500 people", "one thousand five hundred people."},
    {"1,999 people", "one thousand nine hundred ninety-nine people."},
    {"the 1900s", "the nineteen hundreds."},
    {"the 1990s", "the nineteen nineties."},
    {"the 2020s", "the twenty twenties."},
    {"the '90s", "the nineties."},
    {"the \u201980s", "the eighties."},
    {"in '09", "in oh nine."},
    {"class of \u201999", "class of ninety-nine."},
    {"in her 20s", "in her twenties."},
    {"mid-1980s", "mid nineteen eighties."},
    {"a 20s wait", "a twenty seconds wait."},
    {"10\u201315", "ten to fifteen."},
    {"10-15", "ten to fifteen."},
    {"10 - 15", "ten to fifteen."},
    {"10 \u2013 15 minutes", "ten to fifteen minutes."},
    {"2-3 days", "two to three days."},
    {"5\u201310%", "five to ten percent."},
    {"10\u201315 km", "ten to fifteen kilometres."},
    {"1999\u20132004", "nineteen ninety-nine to two thousand four."},
    {"from 1845\u20131852", "from eighteen forty-five to eighteen fifty-two."},
    {"$5-10", "five to ten dollars."},
    {"$5\u2013$10", "five to ten dollars."},
    {"Mon\u2013Fri", "Monday to Friday."},
    {"Mon-Fri 9-5", "Monday to Friday nine to five."},
    {"Monday-Friday, 9am-5pm", "Monday to Friday, nine A M to five P M."},
    {"Jan\u2013Mar", "January to March."},
    {"A\u2013Z", "A to Z."},
    {"pp. 10\u201312", "pages ten to twelve."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
money (void)
{
  static const SpokenRow rows[] = {
    {"$50", "fifty dollars."},
    {"$1", "one dollar."},
    {"$3.50", "three dollars and fifty cents."},
    {"$3.5", "three dollars and fifty cents."},
    {"$0.99", "ninety-nine cents."},
    {"$0.01", "one cent."},
    {"$20.00", "twenty dollars."},
    {"$1.01", "one dollar and one cent."},
    {"$1,234.56", "one thousand two hundred thirty-four dollars and "
          "fifty-six cents."},
    {"$ 40", "forty dollars."},
    {"-$5", "minus five dollars."},
    {"$1.234", "one point two three four dollars."},
    {"\u20ac20", "twenty euros."},
    {"20 \u20ac", "twenty euros."},
    {"20\u20ac", "twenty euros."},
    {"\u20ac1", "one euro."},
    {"\u00a31.2m", "one point two million pounds."},
    {"\u00a35.01", "five pounds and one penny."},
    {"\u00a32.50", "two pounds and fifty pence."},
    {"$5 million", "five million dollars."},
    {"$2.5bn", "two point five billion dollars."},
    {"$20k", "twenty thousand dollars."},
    {"$1 trillion debt", "one trillion dollars debt."},
    {"USD 40", "forty dollars."},
    {"40 USD", "forty dollars."},
    {"US$40", "forty dollars."},
    {"EUR 15.20", "fifteen euros and twenty cents."},
    {"CHF 3", "three Swiss francs."},
    {"C$10", "ten Canadian dollars."},
    {"\u00a5500", "five hundred yen."},
    {"\u20b9100", "one hundred rupees."},
    {"99\u00a2", "ninety-nine cents."},
    {"1\u00a2", "one cent."},
    {"$50/month", "fifty dollars per month."},
    {"$9.99/mo", "nine dollars and ninety-nine cents per month."},
    {"$15/hr", "fifteen dollars per hour."},
    {"$5/mo. vs. $6", "five dollars per month versus six dollars."},
    {"It's $3.50.", "It's three dollars and fifty cents."},
    {"prices in \u20ac", "prices in euros."},
    {"**$50**", "fifty dollars."},
    {"5 million dollars", "five million dollars."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
dates (void)
{
  static const SpokenRow rows[] = {
    {"2026-03-05", "March fifth, twenty twenty-six."},
    {"2026/03/05", "March fifth, twenty twenty-six."},
    {"3/5/2026", "March fifth, twenty twenty-six."},
    {"03/05/26", "March fifth, twenty twenty-six."},
    {"25/12/2026", "December twenty-fifth, twenty twenty-six."},
    {"12/25/2026", "December twenty-fifth, twenty twenty-six."},
    {"05.03.2026", "May third, twenty twenty-six."},
    {"March 5", "March fifth."},
    {"March 5th", "March fifth."},
    {"March 5, 2026", "March fifth, twenty twenty-six."},
    {"March 5th, 2026", "March fifth, twenty twenty-six."},
    {"March 5 2026", "March fifth, twenty twenty-six."},
    {"Mar 5", "March fifth."},
    {"Mar. 5, 2026", "March fifth, twenty twenty-six."},
    {"Sept. 3", "September third."},
    {"5 March 2026", "the fifth of March, twenty twenty-six."},
    {"on 5 March", "on the fifth of March."},
    {"the 5th of March", "the fifth of March."},
    {"The 5th of March", "The fifth of March."},
    {"5th March", "the fifth of March."},
    {"May 1, 1999", "May first, nineteen ninety-nine."},
    {"March 2026", "March twenty twenty-six."},
    {"in Oct 2025", "in October twenty twenty-five."},
    {"March 5\u20137", "March fifth to seventh."},
    {"5-7 March", "the fifth to seventh of March."},
    {"on 3/5", "on March fifth."},
    {"due 12/24", "due December twenty-fourth."},
    {"Wed 11/26", "Wednesday November twenty-sixth."},
    {"Mon, Mar 2", "Monday, March second."},
    {"Friday, March 6", "Friday, March sixth."},
    {"Tue. at noon", "Tuesday at noon."},
    {"Sat 7 March", "Saturday the seventh of March."},
    {"She sat on it. The Sun is hot.", "She sat on it. | The Sun is hot."},
    {"You may 5 times.", "You may five times."},
    {"March 5% of it", "March five percent of it."},
    {"2026-03-05T14:30:00Z",
        "March fifth, twenty twenty-six at fourteen thirty U T C."},
    {"2026-03-05T14:30",
        "March fifth, twenty twenty-six at fourteen thirty."},
    {"1/31/2026 and 2/1/2026", "January thirty-first, twenty twenty-six and "
          "February first, twenty twenty-six."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
times (void)
{
  static const SpokenRow rows[] = {
    {"14:30", "fourteen thirty."},
    {"2:30 pm", "two thirty P M."},
    {"2:30pm", "two thirty P M."},
    {"2:30 PM", "two thirty P M."},
    {"2:30 p.m.", "two thirty P M."},
    {"9am", "nine A M."},
    {"9 am", "nine A M."},
    {"9 a.m. sharp", "nine A M sharp."},
    {"09:05", "nine oh five."},
    {"9:05 am", "nine oh five A M."},
    {"9:00", "nine o'clock."},
    {"9:00 AM", "nine A M."},
    {"9 o'clock", "nine o'clock."},
    {"9:00 o'clock", "nine o'clock."},
    {"14:00", "fourteen hundred."},
    {"00:00", "midnight."},
    {"12:00", "twelve o'clock."},
    {"00:30", "zero thirty."},
    {"9.30 pm", "nine thirty P M."},
    {"14:30:15", "fourteen thirty and fifteen seconds."},
    {"07:05:09", "seven oh five and nine seconds."},
    {"2:30:05 pm", "two thirty P M and five seconds."},
    {"from 9:00 to 17:30", "from nine o'clock to seventeen thirty."},
    {"9:00\u201317:00", "nine o'clock to seventeen hundred."},
    {"9-11am", "nine to eleven A M."},
    {"10:30am EST", "ten thirty A M E S T."},
    {"at 5 p.m. on Monday", "at five P M on Monday."},
    {"2h30", "two hours thirty minutes."},
    {"2h30m", "two hours thirty minutes."},
    {"1h 20min", "one hour twenty minutes."},
    {"1m30s", "one minute thirty seconds."},
    {"90min", "ninety minutes."},
    {"45 min", "forty-five minutes."},
    {"a 5 min. walk", "a five minutes walk."},
    {"a 10-minute walk", "a ten minute walk."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
phones_and_addresses (void)
{
  static const SpokenRow rows[] = {
    {"+1 555 010 0199",
        "plus one, five five five, zero one zero, zero one nine nine."},
    {"+1 (555) 010-0199",
        "plus one, five five five, zero one zero, zero one nine nine."},
    {"+44 20 7946 0958",
        "plus four four, two zero, seven nine four six, zero nine five "
          "eight."},
    {"555-0100", "five five five, zero one zero zero."},
    {"(555) 010-0123",
        "five five five, zero one zero, zero one two three."},
    {"555-010-0123", "five five five, zero one zero, zero one two three."},
    {"555.010.0123", "five five five, zero one zero, zero one two three."},
    {"1-800-555-0100",
        "one, eight zero zero, five five five, zero one zero zero."},
    {"020 7946 0958",
        "zero two zero, seven nine four six, zero nine five eight."},
    {"01 23 45 67 89", "zero one, two three, four five, six seven, eight "
          "nine."},
    {"5550100199", "five five five, zero one zero, zero one nine nine."},
    {"Call 555-0100.", "Call five five five, zero one zero zero."},
    {"4111 1111 1111 1111", "four one one one, one one one one, one one one "
          "one, one one one one."},
    {"4111-1111-1111-1111", "four one one one, one one one one, one one one "
          "one, one one one one."},
    {"123-45-6789", "one two three, four five, six seven eight nine."},
    {"john.smith@example.com", "john dot smith at example dot com."},
    {"j_doe+x@mail.example.co.uk",
        "J underscore doe plus X at mail dot example dot co dot U K."},
    {"info42@example.org", "info four two at example dot org."},
    {"https://www.example.com", "example dot com."},
    {"http://example.com/", "example dot com."},
    {"www.example.com/help", "example dot com slash help."},
    {"https://example.com/a/b/c/d?x=1&y=2", "example dot com."},
    {"https://example.com/very/long-path-that-nobody-wants",
        "example dot com."},
    {"Visit example.com.", "Visit example dot com."},
    {"Visit <https://example.com> now.", "Visit example dot com now."},
    {"(see example.org)", "see example dot org."},
    {"https://gst.example.io", "G S T dot example dot I O."},
    {"http://localhost:8080/x", "localhost colon eight zero eight zero slash "
          "X."},
    {"[our site](https://example.com/abc)", "our site."},
    {"192.168.1.10", "one nine two dot one six eight dot one dot one zero."},
    {"10.0.0.1:80", "one zero dot zero dot zero dot one colon eight zero."},
    {"4-8-2-9", "four, eight, two, nine."},
    {"1-800-FLOWERS", "one eight hundred FLOWERS."},
    {"v1.2.3", "version one point two point three."},
    {"1.22.4", "one point twenty-two point four."},
    {"version 2.10", "version two point ten."},
    {"#GStreamer", "hashtag GStreamer."},
    {"#BlackFriday", "hashtag Black Friday."},
    {"#5", "number five."},
    {"order #A1B2", "order number A one B two."},
    {"NY 10001", "N Y one zero zero zero one."},
    {"Write to @maria", "Write to at maria."},
    {"report.pdf", "report dot P D F."},
    {"Node.js", "Node dot J S."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
units (void)
{
  static const SpokenRow rows[] = {
    {"5 km", "five kilometres."},
    {"5km", "five kilometres."},
    {"1 km", "one kilometre."},
    {"a 5-km run", "a five kilometre run."},
    {"10 kg", "ten kilograms."},
    {"20 \u00b0C", "twenty degrees Celsius."},
    {"20\u00b0C", "twenty degrees Celsius."},
    {"-5\u00b0C", "minus five degrees Celsius."},
    {"1\u00b0F", "one degree Fahrenheit."},
    {"72\u00b0F", "seventy-two degrees Fahrenheit."},
    {"a 90\u00b0 turn", "a ninety degrees turn."},
    {"3.5 GB", "three point five gigabytes."},
    {"16GB", "sixteen gigabytes."},
    {"60 km/h", "sixty kilometres per hour."},
    {"in km/h", "in kilometres per hour."},
    {"100 m\u00b2", "one hundred square metres."},
    {"3 m/s", "three metres per second."},
    {"1 mph", "one mile per hour."},
    {"5 mg/dL", "five milligrams per decilitre."},
    {"6 l/100 km", "six litres per one hundred kilometres."},
    {"250 ml", "two hundred fifty millilitres."},
    {"2 lbs", "two pounds."},
    {"5%", "five percent."},
    {"5 %", "five percent."},
    {"0.5%", "zero point five percent."},
    {"100%", "one hundred percent."},
    {"5 ft tall", "five feet tall."},
    {"10x20", "ten by twenty."},
    {"10 x 20 cm", "ten by twenty centimetres."},
    {"10 cm x 20 cm", "ten centimetres by twenty centimetres."},
    {"10\u00d720", "ten by twenty."},
    {"1920x1080", "nineteen twenty by one thousand eighty."},
    {"230V", "two hundred thirty volts."},
    {"2.4 GHz", "two point four gigahertz."},
    {"5 million km", "five million kilometres."},
    {"300 Mbps", "three hundred megabits per second."},
    {"a 27\" screen", "a twenty-seven inches screen."},
    {"3 kWh", "three kilowatt hours."},
    {"5'10\"", "five foot ten."},
    {"a 6' cable", "a six feet cable."},
    {"\"code 3\" is it", "code three is it."},
    {"'channel 3' is it", "channel three is it."},
    {"1 h", "one hour."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
abbreviations (void)
{
  static const SpokenRow rows[] = {
    {"Dr. Smith", "Doctor Smith."},
    {"Dr Smith", "Doctor Smith."},
    {"Mr. and Mrs. Jones", "Mister and Missus Jones."},
    {"Prof. Lee", "Professor Lee."},
    {"St. Louis", "Saint Louis."},
    {"Visit St. Mary today.", "Visit Saint Mary today."},
    {"123 Main St.", "one hundred twenty-three Main Street."},
    {"12 Oak Dr.", "twelve Oak Drive."},
    {"on Main St. today", "on Main Street today."},
    {"5th Ave.", "fifth Avenue."},
    {"No. 5", "number five."},
    {"No. 10 Downing Street", "number ten Downing Street."},
    {"No. That is wrong.", "No. | That is wrong."},
    {"e.g. tea", "for example tea."},
    {"E.g., tea", "for example, tea."},
    {"i.e. now", "that is now."},
    {"tea, etc.", "tea, et cetera."},
    {"tea, etc., and more", "tea, et cetera, and more."},
    {"cats vs. dogs", "cats versus dogs."},
    {"approx. 5", "approximately five."},
    {"J. R. Smith", "J R Smith."},
    {"J.R. Smith", "J R Smith."},
    {"the U.S. Army", "the U S Army."},
    {"the U.S.A.", "the U S A."},
    {"a Ph.D. student", "a P H D student."},
    {"Acme Inc. sells", "Acme Incorporated sells."},
    {"p. 12", "page twelve."},
    {"no.: 5", "number: five."},
    {"Fig. 3 and Bldg. 7", "figure three and building seven."},
    {"Ask Max. He knows.", "Ask Max. | He knows."},
    {"Fig. 3", "figure three."},
    {"ext. 123", "extension one two three."},
    {"w/o sugar", "without sugar."},
    {"and/or", "and or."},
    {"R&D", "R and D."},
    {"salt & pepper", "salt and pepper."},
    {"he/she", "he or she."},
    {"TCP/IP", "T C P slash I P."},
    {"C++ and C#", "C plus plus and C sharp."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
acronyms_and_codes (void)
{
  static const SpokenRow rows[] = {
    {"FBI", "F B I."},
    {"the FBI's files", "the F B I's files."},
    {"PDFs", "P D F's."},
    {"CEOs", "C E O's."},
    {"HTML", "H T M L."},
    {"HTTPS", "H T T P S."},
    {"NATO", "NATO."},
    {"NASA and UNESCO", "NASA and UNESCO."},
    {"DO NOT PRESS", "DO NOT PRESS."},
    {"King Henry VIII", "King Henry VIII."},
    {"World War II", "World War II."},
    {"USB-C", "U S B C."},
    {"UK-based", "U K based."},
    {"X-ray", "X-ray."},
    {"state-of-the-art", "state-of-the-art."},
    {"BA 1234", "B A one two three four."},
    {"flight BA1234", "flight B A one two three four."},
    {"flight 405", "flight four zero five."},
    {"room 405", "room four oh five."},
    {"room 412", "room four twelve."},
    {"Room 1204", "Room twelve oh four."},
    {"room number 300", "room number three hundred."},
    {"code 4821", "code four eight two one."},
    {"your PIN is 0042", "your PIN is zero zero four two."},
    {"confirmation number 55120", "confirmation number five five one two "
          "zero."},
    {"AD 1066", "A D one thousand sixty-six."},
    {"A12B", "A one two B."},
    {"A4 paper", "A four paper."},
    {"gate B12", "gate B twelve."},
    {"MP3", "M P three."},
    {"H2O", "H two O."},
    {"CO2", "C O two."},
    {"F-16", "F sixteen."},
    {"AB-1234", "A B one two three four."},
    {"COVID-19", "Covid nineteen."},
    {"GPT-4", "G P T four."},
    {"4K video", "four K video."},
    {"5G", "five G."},
    {"3D", "three D."},
    {"X7Q9Z", "X seven Q nine Z."},
    {"221B Baker St.", "two twenty-one B Baker Street."},
    {"FY2023", "F Y twenty twenty-three."},
    {"i7-13700K", "I seven one three seven zero zero K."},
    {"HTTP 404 error", "H T T P four oh four error."},
    {"J-O-H-N", "J O H N."},
    {"CO\u2082", "C O two."},
    {"OK?", "OK?"},
    {"ABC-123-XYZ", "A B C one two three X Y Z."},
    {"snake_case", "snake case."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
punctuation (void)
{
  static const SpokenRow rows[] = {
    {"Wait!!!", "Wait!"},
    {"What?!", "What?"},
    {"Well... yes", "Well, yes."},
    {"Well\u2026 yes", "Well, yes."},
    {"Hmm\u2026", "Hmm."},
    {"\u201cHello,\u201d she said.", "Hello, she said."},
    {"It\u2019s \u2018fine\u2019.", "It's fine."},
    {"one \u2014 two", "one, two."},
    {"one\u2014two", "one, two."},
    {"one -- two", "one, two."},
    {"one - two", "one, two."},
    {"run ls -l now", "run ls dash l now."},
    {"Settings > Network", "Settings, Network."},
    {"so cool :)", "so cool."},
    {"Great \xf0\x9f\x98\x8a The answer", "Great, The answer."},
    {"I \u2764\ufe0f it", "I it."},
    {"tea (or coffee) now", "tea, or coffee, now."},
    {"tea (or coffee).", "tea, or coffee."},
    {"your file(s)", "your files."},
    {"rock 'n' roll", "rock n roll."},
    {"don't", "don't."},
    {"the Joneses' house", "the Joneses house."},
    {"Settings \u2192 Account", "Settings, Account."},
    {"a -> b", "a, b."},
    {"a | b", "a, b."},
    {"x @ y", "x at y."},
    {"He said: go.", "He said: go."},
    {"tea; coffee", "tea; coffee."},
    {"\u00bfQu\u00e9?", "Qu\u00e9?"},
    {"zero\u200bwidth", "zerowidth."},
    {"right\u202eto left\u202c", "rightto left."},
    {"soft\u00adhyphen", "softhyphen."},
    {"bell\x07 rings", "bell rings."},
    {"na\u00efve caf\u00e9", "na\u00efve caf\u00e9."},
    {"\u00a9 2026", "copyright twenty twenty-six."},
    {"Acme\u2122", "Acme."},
    {"one,two", "one, two."},
    {"done.Next", "done. Next."},
    {"First line\nSecond line", "First line, Second line."},
    {"a line that\ngoes on", "a line that goes on."},
  };

  check_english ("en", rows, G_N_ELEMENTS (rows));
}

static void
british (void)
{
  static const SpokenRow rows[] = {
    {"3/5/2026", "the third of May, twenty twenty-six."},
    {"on 3/5", "on the third of May."},
    {"342", "three hundred and forty-two."},
    {"1,001", "one thousand and one."},
    {"1,100", "one thousand one hundred."},
    {"2026-03-05", "the fifth of March, twenty twenty-six."},
    {"March 5th", "March fifth."},
  };

  check_english ("en-GB", rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spoken-text/numbers", numbers);
  g_test_add_func ("/spoken-text/ordinals-fractions", ordinals_and_fractions);
  g_test_add_func ("/spoken-text/years-ranges", years_and_ranges);
  g_test_add_func ("/spoken-text/money", money);
  g_test_add_func ("/spoken-text/dates", dates);
  g_test_add_func ("/spoken-text/times", times);
  g_test_add_func ("/spoken-text/phones-addresses", phones_and_addresses);
  g_test_add_func ("/spoken-text/units", units);
  g_test_add_func ("/spoken-text/abbreviations", abbreviations);
  g_test_add_func ("/spoken-text/acronyms-codes", acronyms_and_codes);
  g_test_add_func ("/spoken-text/punctuation", punctuation);
  g_test_add_func ("/spoken-text/british", british);
  return g_test_run ();
}
