/** Short names that people and apps use, a sensible part of Slack's. */
const list = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|wave 👋|raised_hands 🙌|clap 👏|pray 🙏|muscle 💪|point_right 👉|point_left 👈|point_up ☝️|point_down 👇|raised_hand ✋|hand ✋|handshake 🤝|eyes 👀|writing_hand ✍️|fingers_crossed 🤞
smile 😄|slightly_smiling_face 🙂|grin 😁|joy 😂|sweat_smile 😅|wink 😉|blush 😊|thinking_face 🤔|face_with_monocle 🧐|neutral_face 😐|grimacing 😬|sob 😭|scream 😱|tired_face 😫|sleeping 😴|sunglasses 😎|partying_face 🥳|exploding_head 🤯|melting_face 🫠|saluting_face 🫡|facepalm 🤦|shrug 🤷|robot_face 🤖|ghost 👻|skull 💀
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|warning ⚠️|exclamation ❗|heavy_exclamation_mark ❗|bangbang ‼️|question ❓|grey_question ❔|information_source ℹ️|white_circle ⚪|black_circle ⚫|red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|large_brown_circle 🟤|orange_circle 🟠|yellow_circle 🟡|green_circle 🟢|blue_circle 🔵|large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛|red_square 🟥|green_square 🟩
rotating_light 🚨|fire 🔥|fire_engine 🚒|boom 💥|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|sos 🆘|ambulance 🚑|firefighter 🧑‍🚒|helmet_with_white_cross ⛑️|adhesive_bandage 🩹|syringe 💉|biohazard_sign ☣️|radioactive_sign ☢️|zap ⚡|bomb 💣
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|clock1 🕐|clock3 🕒|clock6 🕕|clock9 🕘|watch ⌚|calendar 📅|date 📅|spiral_calendar_pad 🗓️
twisted_rightwards_arrows 🔀|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_upper_right ↗️|arrow_lower_right ↘️|arrows_counterclockwise 🔄|repeat 🔁|leftwards_arrow_with_hook ↩️|rewind ⏪|fast_forward ⏩|arrow_forward ▶️|double_vertical_bar ⏸️|black_square_for_stop ⏹️
lock 🔒|unlock 🔓|closed_lock_with_key 🔐|key 🔑|old_key 🗝️|shield 🛡️|passport_control 🛂|detective 🕵️|sleuth_or_spy 🕵️
pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|bookmark 🔖|label 🏷️|memo 📝|pencil ✏️|pencil2 ✏️|page_facing_up 📄|page_with_curl 📃|clipboard 📋|scroll 📜|file_folder 📁|open_file_folder 📂|card_index_dividers 🗂️|file_cabinet 🗄️|wastebasket 🗑️|package 📦|books 📚|notebook 📓|newspaper 📰|receipt 🧾|inbox_tray 📥|outbox_tray 📤|incoming_envelope 📨|email 📧|envelope ✉️
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|mag 🔍|mag_right 🔎|microscope 🔬|test_tube 🧪|satellite_antenna 📡|thermometer 🌡️
computer 💻|desktop_computer 🖥️|floppy_disk 💾|minidisc 💽|cd 💿|iphone 📱|telephone_receiver 📞|phone ☎️|pager 📟|battery 🔋|electric_plug 🔌|gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|nut_and_bolt 🔩|toolbox 🧰|screwdriver 🪛|broom 🧹|bug 🐛|construction 🚧|building_construction 🏗️|factory 🏭|traffic_light 🚦|vertical_traffic_light 🚦|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️
rocket 🚀|airplane ✈️|ship 🚢|anchor ⚓|parachute 🪂|helicopter 🚁|cloud ☁️|sunny ☀️|partly_sunny ⛅|rain_cloud 🌧️|snowflake ❄️|ocean 🌊|tornado 🌪️|rainbow 🌈|star ⭐|star2 🌟|sparkles ✨|dizzy 💫|crescent_moon 🌙|earth_africa 🌍|globe_with_meridians 🌐
tada 🎉|confetti_ball 🎊|trophy 🏆|medal 🏅|dart 🎯|gem 💎|bulb 💡|candle 🕯️|crystal_ball 🔮|magic_wand 🪄|balloon 🎈|gift 🎁|coffee ☕|pizza 🍕|beer 🍺|cake 🍰|heart ❤️|green_heart 💚|blue_heart 💙|broken_heart 💔|100 💯
bust_in_silhouette 👤|busts_in_silhouette 👥|technologist 🧑‍💻|office_worker 🧑‍💼|judge 🧑‍⚖️|scales ⚖️|raising_hand 🙋|speech_balloon 💬|thought_balloon 💭|left_speech_bubble 🗨️|speaking_head_in_silhouette 🗣️|ear 👂|turtle 🐢|whale 🐳|dog 🐶|cat 🐱|unicorn_face 🦄|snail 🐌|elephant 🐘|seedling 🌱|evergreen_tree 🌲|herb 🌿
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|zero 0️⃣|new 🆕|up 🆙|free 🆓|ok 🆗|soon 🔜|on 🔛|end 🔚|recycle ♻️|small_red_triangle 🔺|small_red_triangle_down 🔻|small_orange_diamond 🔸|small_blue_diamond 🔹|heavy_plus_sign ➕|heavy_minus_sign ➖|hash #️⃣`;

export const emojis = new Map(
  list
    .trim()
    .split(/[|\n]/)
    .map((entry) => entry.trim().split(' '))
    .filter((entry) => entry.length === 2),
);

/** The sign of a short name (skin tones left out), or the name in colons as Slack shows unknown ones. */
export function emojiSign(name) {
  return emojis.get(name.split('::')[0]) ?? `:${name}:`;
}

export function searchEmoji(query, limit = 64) {
  return [...emojis].filter(([name]) => name.includes(query)).slice(0, limit);
}
