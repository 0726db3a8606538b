/**
 * Pictures of items; for those that have none, a thing in a niche, drawn from its category, in its own colour.
 * Colours are custom properties, so that style.css decides how they look by day and by night.
 */

import { el, svg } from "./element.js";

const NAMED = [
  [/dark brown|walnut|深棕|胡桃/i, "#5b4033"], [/black|黑/i, "#2b2a2c"], [/white|ivory|cream|白/i, "#f6f2e8"],
  [/charcoal|graphite|anthracite|炭|石墨/i, "#4a4c52"], [/silver|steel|银/i, "#b9bec4"], [/grey|gray|灰/i, "#8d9096"],
  [/navy|藏青|海军/i, "#26395f"], [/blue|蓝/i, "#3d6fa8"], [/sage|鼠尾草/i, "#9db08f"], [/olive|橄榄/i, "#737544"],
  [/green|绿/i, "#48785a"], [/mustard|芥/i, "#cf9f35"], [/gold|brass|金/i, "#c9a24b"], [/yellow|黄/i, "#e9c341"],
  [/terracotta|陶/i, "#bd6648"], [/copper|铜/i, "#b5714a"], [/orange|橙/i, "#dd8040"], [/burgundy|酒红/i, "#74283a"],
  [/red|红/i, "#bb3f3c"], [/blush|粉/i, "#e2b7ad"], [/pink|rose/i, "#d98fa0"], [/lilac|lavender|紫丁香|薰衣草/i, "#b3a0cc"],
  [/purple|violet|紫/i, "#7a5a97"], [/beige|sand|米|杏/i, "#dcc9a8"], [/tan|camel|驼/i, "#b98a5a"],
  [/natural|wood|原木/i, "#cfa873"], [/brown|棕|褐/i, "#7d5a44"],
];
const QUIET = ["#7f9c93", "#b98c6a", "#8f8bb0", "#b5797a", "#7d97b3", "#a8a06a", "#6f8f6f", "#b794a6"];
const WALLS = ["#d9b48f", "#9cb7a6", "#c3a3ae", "#9fb2c9", "#c9bf8c", "#b3a8cc", "#d3a088", "#8fb4b5"];

const disc = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const oval = (x, y, rx, ry) => `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
const box = (x, y, w, h, r = 0) =>
  `M${x + r} ${y}h${w - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${h - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - w}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - h}a${r} ${r} 0 0 1 ${r} ${-r}z`;

/* Parts from back to front. b: body, d: darker, l: lighter, s: a thick line, t: a thin line. Things stand on y = 80. */
const DRAWINGS = {
  mug: ["s:M62 48h6a9 9 0 0 1 0 18h-6", `b:${box(32, 38, 32, 42, 6)}`, `d:${oval(48, 41, 15, 3)}`],
  pot: ["s:M24 56h-6M76 56h6", `b:${box(24, 50, 52, 30, 8)}`, `d:${box(22, 45, 56, 7, 3)}`, `d:${disc(50, 41, 4)}`],
  pan: ["s:M62 66L88 58", `b:${box(16, 62, 50, 18, 8)}`, `d:${oval(41, 63, 24, 4)}`],
  kettle: ["s:M36 44q14 -22 28 0", "b:M34 46h32l8 34h-48z", "b:M30 58l-14 -8l4 -5l14 8z", `d:${box(40, 41, 20, 6, 3)}`],
  bowl: ["b:M20 52h60q-4 28 -30 28t-30 -28z", `d:${oval(50, 52, 30, 6)}`],
  board: [`b:${box(30, 24, 40, 56, 8)}`, `l:${disc(50, 34, 4)}`, "t:M38 48v24M62 46v28"],
  knife: ["l:M46 16q12 14 10 40h-10z", `d:${box(45, 56, 12, 24, 4)}`],
  tool: ["s:M50 80V48", `b:${oval(50, 32, 13, 18)}`, "t:M50 16v32M42 20v24M58 20v24"],
  pillow: ["b:M20 46q30 -10 60 0q7 17 0 34q-30 6 -60 0q-7 -17 0 -34z", "t:M28 52q22 -6 44 0"],
  blanket: [`b:${box(22, 44, 56, 12, 5)}`, `d:${box(22, 56, 56, 12, 5)}`, `b:${box(22, 68, 56, 12, 5)}`, "t:M30 50h40M30 74h40"],
  curtain: ["s:M18 18h64", "b:M22 20h56v58q-7 4 -14 0t-14 0t-14 0t-14 0z", "t:M36 22v55M50 22v55M64 22v55"],
  chair: ["s:M32 66v14M68 66v14", `b:${box(30, 28, 40, 34, 10)}`, `d:${box(22, 48, 12, 22, 5)}`, `d:${box(66, 48, 12, 22, 5)}`, `l:${box(30, 56, 40, 12, 5)}`],
  desk: ["s:M24 52v28M76 52v28", `b:${box(16, 46, 68, 8, 2)}`, `d:${box(56, 54, 20, 12, 2)}`],
  shelf: [`b:${box(28, 20, 44, 60, 3)}`, `l:${box(33, 26, 34, 13)}`, `l:${box(33, 44, 34, 13)}`, `l:${box(33, 62, 34, 13)}`, "s:M38 39v-9M44 39v-7M58 57v-8"],
  lamp: ["s:M50 50v28", "d:M36 80q14 -8 28 0z", "b:M38 22h24l10 28h-44z", "l:M42 26h6l-3 20h-8z"],
  pendant: ["t:M50 0v30", "b:M44 30h12q20 10 20 30h-52q0 -20 20 -30z", `l:${oval(50, 60, 26, 4)}`],
  vase: ["t:M50 40q-2 -18 -12 -24M50 40q0 -16 10 -26", `d:${disc(38, 15, 4)}`, `d:${disc(61, 13, 4)}`, "b:M43 38h14q-2 10 8 20q6 14 -6 22h-18q-12 -8 -6 -22q10 -10 8 -20z"],
  frame: [`b:${box(26, 22, 48, 58, 4)}`, `l:${box(33, 29, 34, 44, 2)}`, "d:M33 73l12 -20l9 12l6 -7l7 15z"],
  mirror: ["s:M50 80v-8", `b:${oval(50, 46, 23, 29)}`, `l:${oval(50, 46, 18, 24)}`, "t:M42 40l10 -12M45 52l12 -14"],
  rug: ["b:M26 56h48l12 24h-72z", "l:M33 61h34l6 13h-46z", "t:M20 76v4M80 76v4"],
  candle: ["d:M50 26q8 10 0 16q-8 -6 0 -16z", "t:M50 42v8", `b:${box(36, 48, 28, 32, 4)}`, `l:${box(41, 58, 18, 12, 2)}`],
  shirt: ["b:M38 26q12 8 24 0l18 12l-8 14l-8 -4v32h-28v-32l-8 4l-8 -14z", "d:M38 26q12 8 24 0q-3 10 -12 10t-12 -10z"],
  trousers: ["b:M34 24h32l6 56h-16l-6 -36l-6 36h-16z", "d:M34 24h32l1 7h-34z"],
  skirt: ["b:M38 28h24l14 50q-26 6 -52 0z", "d:M38 28h24l2 7h-28z", "t:M46 40l-6 36M54 40l6 36"],
  coat: ["b:M38 22h24l16 14l-6 30l-8 -3v17h-28v-17l-8 3l-6 -30z", "t:M50 30v50", "l:M38 22l12 16l12 -16l-4 -2h-16z"],
  scarf: ["b:M32 28q18 14 36 0l4 10q-22 16 -44 0z", "b:M56 38l14 36l-12 5l-12 -36z", "d:M46 42h12l-2 8h-8z", "t:M60 72l4 8M66 70l4 8"],
  hat: ["b:M28 64q0 -38 22 -38t22 38z", `d:${box(24, 62, 52, 14, 6)}`, `l:${disc(50, 24, 6)}`],
  socks: ["b:M36 22h16v32q14 4 22 14q4 12 -8 12h-16q-14 -2 -14 -16z", "d:M36 22h16v8h-16z", "l:M62 80q-4 -10 6 -14q10 8 2 14z"],
  belt: ["s:M20 60q0 -16 30 -16t30 16t-30 16", "s:M20 60q0 16 26 16", `l:${box(40, 69, 18, 14, 3)}`],
  shoe: ["b:M18 50q8 6 16 0q12 14 36 14q12 2 12 10h-64z", "l:M16 74h68v6h-68z", "t:M36 54l-5 6M43 58l-5 6M50 61l-5 6"],
  boot: ["b:M34 22h22v34q20 4 24 16h-46z", "d:M32 72h50v8h-50z", "t:M36 32h18M36 40h18"],
  backpack: ["s:M40 30q0 -12 10 -12t10 12", `b:${box(30, 28, 40, 52, 14)}`, `d:${box(36, 54, 28, 20, 5)}`, "t:M36 62h28"],
  bag: ["s:M38 46q0 -22 12 -22t12 22", "b:M26 44h48l5 36h-58z", "d:M26 44h48l1 6h-50z"],
  wallet: [`b:${box(22, 42, 56, 38, 6)}`, "d:M22 52h56v5h-56z", `l:${box(62, 58, 18, 11, 5)}`],
  suitcase: ["s:M42 28v-10h16v10", `b:${box(30, 28, 40, 48, 6)}`, "t:M40 32v40M50 32v40M60 32v40", `d:${disc(38, 78, 3)}`, `d:${disc(62, 78, 3)}`],
  mat: ["b:M34 62h52v10q0 8 -8 8h-44z", `b:${disc(32, 68, 12)}`, `l:${disc(32, 68, 7)}`, `d:${disc(32, 68, 3)}`],
  dumbbell: [`b:${box(36, 62, 28, 6)}`, `d:${box(20, 50, 10, 30, 4)}`, `b:${box(29, 54, 8, 22, 3)}`, `d:${box(70, 50, 10, 30, 4)}`, `b:${box(63, 54, 8, 22, 3)}`],
  band: ["s:M26 58q0 -22 24 -22t24 22t-24 20t-24 -20", "t:M34 58q0 -14 16 -14t16 14"],
  bottle: [`d:${box(42, 18, 16, 11, 3)}`, "b:M40 30h20q6 6 6 14v30q0 6 -6 6h-20q-6 0 -6 -6v-30q0 -8 6 -14z", `l:${box(40, 48, 20, 18, 2)}`],
  tent: ["b:M50 26l36 54h-72z", "d:M50 40l16 40h-32z", "t:M50 26v-6"],
  helmet: ["b:M18 66q0 -36 34 -36t30 36z", `d:${box(16, 62, 68, 8, 4)}`, "t:M36 36l-6 22M50 33v24M64 37l6 20"],
  headphones: ["s:M26 62q0 -36 24 -36t24 36", `b:${box(18, 56, 15, 24, 6)}`, `b:${box(67, 56, 15, 24, 6)}`],
  earbuds: [`b:${disc(36, 44, 10)}`, `b:${disc(64, 44, 10)}`, `d:${box(33, 50, 7, 24, 3)}`, `d:${box(60, 50, 7, 24, 3)}`],
  speaker: [`b:${box(32, 20, 36, 60, 8)}`, `d:${disc(50, 58, 13)}`, `l:${disc(50, 58, 6)}`, `d:${disc(50, 34, 6)}`],
  keyboard: [`b:${box(14, 56, 72, 24, 5)}`, "t:M20 63h60M20 69h60M32 75h36"],
  mouse: ["b:M36 52q0 -18 14 -18t14 18v12q0 16 -14 16t-14 -16z", "t:M50 35v14M37 52h26"],
  laptop: [`b:${box(26, 34, 48, 34, 4)}`, `l:${box(31, 39, 38, 24, 1)}`, "d:M16 70h68l-6 10h-56z"],
  phone: [`b:${box(35, 20, 30, 60, 7)}`, `l:${box(40, 26, 20, 46, 3)}`, `d:${disc(45, 31, 3)}`],
  plug: ["s:M42 40v-12M58 40v-12", `b:${box(32, 38, 36, 30, 7)}`, "s:M50 68q0 12 12 12h18"],
  battery: [`b:${box(30, 26, 40, 54, 7)}`, "l:M52 36l-14 22h11l-3 14l15 -22h-11z"],
  jar: [`d:${box(30, 40, 40, 12, 4)}`, `b:${box(27, 50, 46, 30, 7)}`, `l:${box(34, 58, 32, 13, 2)}`],
  dropper: ["d:M45 16h10v16h-10z", `d:${box(41, 30, 18, 7, 2)}`, "b:M40 37h20q6 4 6 10v27q0 6 -6 6h-20q-6 0 -6 -6v-27q0 -6 6 -10z", `l:${box(40, 52, 20, 16, 2)}`],
  tube: ["b:M36 20h28l-4 50h-20z", `d:${box(40, 69, 20, 11, 3)}`, "l:M42 34h16l-1 18h-14z"],
  pump: ["s:M36 24h14v12", `d:${box(43, 32, 14, 8, 2)}`, `b:${box(34, 40, 32, 40, 7)}`, `l:${box(40, 50, 20, 18, 2)}`],
  brush: ["d:M46 54h8v26h-8z", `b:${oval(50, 36, 15, 20)}`, "t:M42 26v20M50 22v28M58 26v20"],
  perfume: [`d:${box(43, 24, 14, 12, 2)}`, `t:M50 36v4`, `b:${box(30, 40, 40, 40, 8)}`, `l:${box(37, 48, 26, 24, 4)}`],
  blocks: [`b:${box(22, 54, 26, 26, 3)}`, `d:${box(52, 54, 26, 26, 3)}`, `l:${box(37, 27, 26, 26, 3)}`, `b:${disc(35, 67, 5)}`],
  bear: [`d:${disc(36, 28, 7)}`, `d:${disc(64, 28, 7)}`, `b:${oval(50, 64, 22, 17)}`, `b:${disc(50, 38, 17)}`, `l:${oval(50, 44, 8, 6)}`, "t:M44 36v1M56 36v1M50 42v3"],
  puzzle: ["b:M24 36h20q-4 -12 6 -12t6 12h20v18q12 -4 12 6t-12 6v14h-52z", "t:M50 40v36"],
  dice: [`b:${box(30, 40, 40, 40, 8)}`, `l:${disc(41, 51, 4)}`, `l:${disc(59, 51, 4)}`, `l:${disc(50, 60, 4)}`, `l:${disc(41, 69, 4)}`, `l:${disc(59, 69, 4)}`],
  moon: ["b:M58 22a30 30 0 1 0 18 42a24 24 0 0 1 -18 -42z", `d:${box(36, 76, 30, 4, 2)}`],
  box: ["s:M40 50v-8h20v8", `b:${box(22, 48, 56, 32, 8)}`, "d:M22 58h56v5h-56z"],
  plant: ["d:M50 52q-24 -4 -20 -28q20 2 20 28zM50 52q22 -6 18 -32q-18 6 -18 32z", "b:M32 52h36l-5 28h-26z", `l:${box(30, 49, 40, 7, 2)}`],
  can: ["s:M30 56q-14 4 -8 20", "t:M66 60l18 -18", `b:${box(32, 46, 36, 34, 5)}`, "s:M40 46q10 -20 22 0", `d:${box(80, 36, 9, 10, 2)}`],
  shears: ["l:M48 52l-14 -36q16 8 18 32zM52 52l14 -36q-16 8 -18 32z", "s:M48 52l-8 28M52 52l8 28", `d:${disc(50, 50, 4)}`],
  glove: ["b:M36 80v-26l-10 -12l6 -5l8 8v-21h7v18h2v-22h7v22h2v-18h7v18h2v-10h6v30l-6 18z", "d:M36 72h31v8h-31z"],
  bed: [`b:${oval(50, 66, 36, 15)}`, `d:${oval(50, 62, 25, 8)}`, `l:${oval(50, 64, 20, 5)}`],
  leash: ["s:M28 78q-6 -30 16 -30t16 18t18 -32", `b:${disc(30, 30, 11)}`, `l:${disc(30, 30, 6)}`, "t:M36 38l6 10"],
  tree: [`s:M36 80V42M62 80V26`, `b:${box(22, 36, 30, 8, 4)}`, `b:${box(48, 20, 30, 8, 4)}`, `d:${box(20, 72, 60, 8, 3)}`, `b:${box(44, 52, 32, 8, 4)}`],
  flask: ["l:M43 20h14v22l16 32q2 6 -5 6h-36q-7 0 -5 -6l16 -32z", "b:M36 58h28l9 16q2 6 -5 6h-36q-7 0 -5 -6z", `d:${box(40, 17, 20, 5, 2)}`],
  torch: [`b:${box(22, 58, 36, 14, 5)}`, "d:M57 55l12 -5v30l-12 -5z", "l:M69 50l17 -8v46l-17 -8z", `d:${disc(38, 65, 3)}`],
  parcel: ["b:M22 46l28 -12l28 12v26l-28 8l-28 -8z", "l:M22 46l28 10l28 -10l-28 -12z", "t:M50 56v24"],
};

/* The first pattern that fits the category's leaf, then its path, then the title. */
const KINDS = [
  [/mug|cup\b|马克杯|水杯|咖啡杯/i, "mug"], [/saucepan|stockpot|汤锅|奶锅|炖锅/i, "pot"], [/pan\b|skillet|平底锅|煎/i, "pan"],
  [/watering|浇水|洒水/i, "can"], [/kettle|teapot|press|grinder|壶|磨豆/i, "kettle"],
  [/bowl|colander|dish|碗|沥水|烤盘|盆$/i, "bowl"], [/cutting board|chopping|砧板|菜板|sharpener|磨刀/i, "board"], [/knife|knives|刀/i, "knife"],
  [/whisk|spatula|打蛋|锅铲/i, "tool"], [/pillow|cushion|枕|靠垫/i, "pillow"], [/curtain|浴帘/i, "curtain"], [/robe|浴袍|睡袍/i, "coat"],
  [/yoga|exercise mat|瑜伽|健身垫/i, "mat"], [/dog bed|pet bed|狗窝|宠物床|狗垫/i, "bed"], [/sleeping bag|睡袋/i, "mat"],
  [/duvet|sheet|blanket|towel|被|床单|毯|浴巾/i, "blanket"], [/mat\b|rug\b|地垫|脚垫|地毯/i, "rug"], [/chair|sofa|沙发|椅/i, "chair"],
  [/laptop|笔记本|notebook/i, "laptop"], [/headlamp|bike light|torch|flashlight|头灯|头戴手电|自行车灯|单车灯/i, "torch"], [/desk lamp|table lamp|floor lamp|台灯|护眼灯|阅读灯|落地灯/i, "lamp"], [/pendant|吊灯/i, "pendant"], [/desk|table\b|书桌|边几|茶几|桌$/i, "desk"],
  [/shel(f|ving)|bookcase|书架|书柜/i, "shelf"], [/night ?light|夜灯/i, "moon"], [/lamp|light|头灯|灯/i, "lamp"],
  [/vase|花瓶|花器/i, "vase"], [/mirror|镜/i, "mirror"], [/frame|相框|画框/i, "frame"], [/candle|蜡烛|香氛烛/i, "candle"],
  [/t-?shirt|shirt|top\b|sweater|hoodie|衫|毛衣|卫衣|T恤/i, "shirt"], [/jean|trouser|short|jogger|pants|裤/i, "trousers"], [/skirt|dress|裙/i, "skirt"],
  [/coat|jacket|大衣|外套|羽绒服|冲锋衣|雨衣/i, "coat"], [/scarf|围巾|披肩/i, "scarf"], [/helmet|头盔/i, "helmet"], [/beanie|hat\b|cap\b|帽/i, "hat"],
  [/sock|袜/i, "socks"], [/belt|皮带|腰带/i, "belt"], [/boot|靴/i, "boot"], [/sneaker|sandal|slipper|shoe|鞋/i, "shoe"],
  [/backpack|双肩包|书包/i, "backpack"], [/suitcase|luggage|行李箱|拉杆箱/i, "suitcase"], [/wallet|钱包|卡包/i, "wallet"], [/\bbag|tote|托特|购物袋|手提袋/i, "bag"],
  [/dumbbell|weight|哑铃/i, "dumbbell"], [/resistance|弹力带|拉力带/i, "band"], [/bottle|水壶|保温杯/i, "bottle"], [/tent\b|帐篷/i, "tent"],
  [/headphone|headset|头戴式|耳麦/i, "headphones"], [/earbud|earphone|耳机|耳塞/i, "earbuds"], [/speaker|音箱|音响/i, "speaker"],
  [/keyboard|键盘/i, "keyboard"], [/mouse|鼠标/i, "mouse"], [/phone|手机/i, "phone"], [/power bank|batter|充电宝|移动电源/i, "battery"], [/charger|cable|adapter|充电/i, "plug"],
  [/serum|oil\b|精华|肌底/i, "dropper"], [/cleanser|sunscreen|tube|洁面|洗面|防晒|mascara|lip/i, "tube"], [/shampoo|lotion|conditioner|soap|wash|洗发|身体乳|香波/i, "pump"],
  [/brush|comb|梳/i, "brush"], [/perfume|fragrance|cologne|香水/i, "perfume"], [/cream|moistur|makeup|eye|nail|面霜|润肤/i, "jar"],
  [/block|lego|积木/i, "blocks"], [/plush|doll|毛绒|娃娃|公仔/i, "bear"], [/puzzle|拼图/i, "puzzle"], [/game|桌游|棋/i, "dice"], [/lunch|饭盒|便当/i, "box"],
  [/plant|pot\b|花盆|栽植/i, "plant"], [/shear|prun|scissor|剪/i, "shears"], [/glove|手套/i, "glove"], [/leash|牵引|遛狗/i, "leash"], [/cat tree|猫爬|猫抓/i, "tree"],
  [/lab|scientific|beaker|test|chem/i, "flask"], [/skin|face|body|bath/i, "jar"], [/hair/i, "pump"], [/storage|bin|container|tool/i, "box"],
];

/** The item's own picture if the shop has one, else an SVG; quiet to screen readers: its title stands beside it. */
export function tile(item) {
  return item.image?.startsWith("/v1/items/") ? photo(item) : sketch(item);
}

/** Gives way to a sketch where the picture is gone: a cart remembers items for longer than the shop has them. */
function photo(item) {
  const picture = el("img", { class: "tile photo", src: item.image, alt: "", loading: "lazy", width: 192, height: 192,
    on: { error: () => picture.replaceWith(sketch(item)) } });
  return picture;
}

function sketch(item) {
  const path = item.category ?? [];
  const texts = [path.at(-1) ?? "", [...path].reverse().join(" "), item.title];
  const picture = svg("svg", { class: "tile", viewBox: "0 0 100 100", "aria-hidden": "true", preserveAspectRatio: "xMidYMid slice" },
    svg("rect", { class: "wall", width: 100, height: 100 }),
    svg("path", { class: "niche", d: "M12 100V46a38 38 0 0 1 76 0v54z" }),
    svg("rect", { class: "floor", y: 80, width: 100, height: 20 }),
    svg("ellipse", { class: "shadow", cx: 50, cy: 81, rx: 32, ry: 3 }),
    ...drawing(texts).map(part),
  );
  picture.style.setProperty("--thing", colourOf(item));
  picture.style.setProperty("--wall", WALLS[mixed(path.slice(0, 2).join()) % WALLS.length]);
  return picture;
}

function drawing(texts) {
  for (const text of texts) {
    const found = KINDS.find(([pattern]) => pattern.test(text));
    if (found) return DRAWINGS[found[1]];
  }
  return DRAWINGS.parcel;
}

function part(text) {
  return svg("path", { class: `part-${text[0]}`, d: text.slice(2) });
}

function colourOf(item) {
  const { colour, color, 颜色: chinese } = item.attributes ?? {};
  const [said = ""] = colour ?? color ?? chinese ?? [];
  const named = said && NAMED.find(([pattern]) => pattern.test(said));
  return named ? named[1] : QUIET[mixed(item.item_id) % QUIET.length];
}

/** FNV-1a, so that a tile looks the same every time. */
function mixed(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
