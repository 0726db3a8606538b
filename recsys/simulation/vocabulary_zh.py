"""Chinese words of the simulated shop."""

from __future__ import annotations

from recsys.simulation.grammar import Vocabulary

# fmt: off
DEPARTMENTS = {
    "kitchen": "厨房用品", "home": "家居生活", "clothing": "服装", "shoes_bags": "鞋靴箱包", "sports": "运动户外",
    "electronics": "数码电器", "beauty": "美妆个护", "kids": "母婴玩具", "garden_pets": "园艺宠物",
}
SECTIONS = {
    "prep": "备菜工具", "cookware": "锅具", "coffee_tea": "咖啡茶具", "bedding": "床上用品", "bath": "卫浴", "furniture": "家具",
    "lighting": "灯具", "decor": "装饰", "tops": "上装", "bottoms": "下装", "outerwear": "外套", "accessories": "服饰配件", "shoes": "鞋",
    "bags": "箱包", "fitness": "健身", "camping": "露营", "cycling": "骑行", "audio": "影音", "computing": "电脑外设", "mobile": "手机配件",
    "skin_care": "护肤", "hair_body": "洗护", "toys": "玩具", "nursery": "婴童用品", "garden": "园艺", "pets": "宠物",
}
TYPES = {
    "cutting_board": ("砧板", "菜板", "切菜板"), "chef_knife": ("厨师刀", "菜刀", "主厨刀"), "knife_sharpener": ("磨刀器", "磨刀石"),
    "mixing_bowl": ("料理碗", "沙拉碗", "打蛋盆"), "whisk": ("打蛋器", "搅拌棒"), "colander": ("沥水篮", "滤水盆", "洗菜篮"),
    "frying_pan": ("平底锅", "煎锅", "不粘煎盘"), "saucepan": ("汤锅", "奶锅", "炖锅"), "baking_dish": ("烤盘", "焗饭盘", "烘焙盘"),
    "spatula": ("锅铲", "炒菜铲"), "coffee_grinder": ("咖啡磨豆机", "磨咖啡机", "研磨机"), "coffee_press": ("法压壶", "咖啡冲泡壶"),
    "teapot": ("茶壶", "泡茶器", "功夫茶具"), "kettle": ("电热水壶", "烧水壶"), "mug": ("马克杯", "水杯", "咖啡杯"),
    "duvet_cover": ("被套", "被罩"), "sheet_set": ("床单套装", "床上四件套"), "pillow": ("枕头", "睡枕", "枕芯"),
    "throw_blanket": ("盖毯", "沙发毯", "午睡毯"), "cushion": ("抱枕", "靠垫", "靠枕"), "bath_towel": ("浴巾", "洗澡巾"),
    "bath_mat": ("浴室地垫", "脚垫", "吸水垫"), "shower_curtain": ("浴帘", "淋浴隔帘"), "bathrobe": ("浴袍", "睡袍"),
    "side_table": ("边几", "小茶几", "床边桌"), "bookshelf": ("书架", "书柜", "置物架"), "armchair": ("单人沙发", "休闲椅", "扶手椅"),
    "desk": ("书桌", "写字台", "电脑桌"), "office_chair": ("办公椅", "电脑椅", "转椅"), "table_lamp": ("台灯", "床头灯"),
    "floor_lamp": ("落地灯", "立式灯"), "desk_lamp": ("护眼灯", "阅读灯", "学习灯"), "pendant_light": ("吊灯", "餐厅吊线灯"),
    "vase": ("花瓶", "插花瓶", "花器"), "wall_mirror": ("挂镜", "壁镜", "穿衣镜"), "picture_frame": ("相框", "画框", "照片框"),
    "rug": ("地毯", "客厅毯"), "candle": ("香薰蜡烛", "香氛烛", "蜡烛杯"), "t_shirt": ("T恤", "短袖", "圆领衫"), "shirt": ("衬衫", "衬衣"),
    "sweater": ("毛衣", "针织衫", "套头衫"), "hoodie": ("连帽卫衣", "帽衫"), "jeans": ("牛仔裤", "丹宁裤"), "trousers": ("休闲裤", "西裤", "直筒裤"),
    "shorts": ("短裤", "五分裤"), "joggers": ("运动裤", "束脚裤", "慢跑裤"), "skirt": ("半身裙", "裙子", "百褶裙"),
    "rain_jacket": ("冲锋衣", "雨衣", "防风外套"), "coat": ("大衣", "呢子外套"), "down_jacket": ("羽绒服", "鸭绒服", "棉服"),
    "scarf": ("围巾", "披肩", "围脖"), "beanie": ("毛线帽", "冷帽", "针织帽"), "socks": ("袜子", "中筒袜", "船袜"), "belt": ("皮带", "腰带"),
    "sneakers": ("运动鞋", "小白鞋", "跑步鞋"), "boots": ("靴子", "短靴", "登山靴"), "sandals": ("凉鞋", "沙滩鞋"), "slippers": ("拖鞋", "居家鞋"),
    "backpack": ("双肩包", "书包", "背囊"), "tote_bag": ("托特包", "购物袋", "手提袋"), "wallet": ("钱包", "卡包", "钱夹"),
    "suitcase": ("行李箱", "拉杆箱", "旅行箱"), "yoga_mat": ("瑜伽垫", "健身垫", "普拉提垫"), "dumbbells": ("哑铃", "手铃"),
    "resistance_band": ("弹力带", "拉力带", "阻力圈"), "water_bottle": ("运动水壶", "随行杯", "保温杯"), "tent": ("帐篷", "露营篷"),
    "sleeping_bag": ("睡袋", "野营被"), "headlamp": ("头灯", "头戴手电"), "camping_chair": ("露营椅", "折叠椅", "月亮椅"),
    "bike_helmet": ("骑行头盔", "单车安全帽"), "bike_light": ("自行车灯", "单车灯"), "headphones": ("头戴式耳机", "耳麦"),
    "earbuds": ("入耳式耳机", "耳塞"), "speaker": ("音箱", "音响", "扬声器"), "keyboard": ("键盘", "打字板"), "mouse": ("鼠标", "光标器"),
    "laptop_stand": ("笔记本支架", "电脑增高架"), "phone_case": ("手机壳", "保护套"), "charger": ("充电器", "充电头", "电源适配器"),
    "power_bank": ("充电宝", "移动电源"), "face_cream": ("面霜", "润肤乳", "保湿霜"), "serum": ("精华液", "肌底液", "安瓶"),
    "cleanser": ("洁面乳", "洗面奶"), "sunscreen": ("防晒霜", "防晒乳"), "shampoo": ("洗发水", "洗头膏", "香波"),
    "body_lotion": ("身体乳", "润体露"), "hair_brush": ("梳子", "气垫梳", "发刷"), "perfume": ("香水", "淡香氛"),
    "building_blocks": ("积木", "拼插玩具"), "plush_toy": ("毛绒玩具", "布娃娃", "公仔"), "puzzle": ("拼图", "益智拼板"),
    "board_game": ("桌游", "棋盘游戏"), "baby_blanket": ("婴儿毯", "包被", "襁褓巾"), "night_light": ("小夜灯", "睡眠灯"),
    "lunch_box": ("饭盒", "便当盒", "餐盒"), "plant_pot": ("花盆", "栽植盆"), "watering_can": ("浇水壶", "洒水壶"),
    "pruning_shears": ("园艺剪", "修枝剪"), "garden_gloves": ("园艺手套", "劳保手套"), "dog_bed": ("狗窝", "宠物床", "狗垫"),
    "dog_leash": ("牵引绳", "遛狗绳"), "cat_tree": ("猫爬架", "猫抓板", "猫树"), "pet_bowl": ("宠物碗", "狗食盆", "猫粮碗"),
}
VALUES = {
    "colour": {
        "natural": ("原木色", "本色"), "walnut_brown": ("深棕色", "巧克力色"), "black": ("黑色", "乌黑"), "white": ("白色", "象牙白"),
        "silver": ("银色", "亮银"), "gold": ("金色", "香槟金"), "copper": ("玫瑰金", "红铜色"), "blue": ("蓝色", "天蓝"),
        "graphite": ("石墨色", "曜石灰"), "red": ("红色", "大红"), "grey": ("灰色", "浅灰"), "beige": ("米色", "杏色"), "green": ("绿色", "翠绿"),
        "navy": ("藏青色", "深蓝"), "terracotta": ("砖红色", "陶土红"), "mustard": ("姜黄色", "芥末黄"), "yellow": ("黄色", "柠檬黄"),
        "pink": ("粉色", "桃红"), "orange": ("橙色", "橘色"), "purple": ("紫色", "葡萄紫"), "blush": ("藕粉色", "裸粉"), "sage": ("鼠尾草绿", "灰绿"),
        "lavender": ("丁香紫", "淡紫"), "charcoal": ("炭灰色", "深灰"), "olive": ("橄榄绿", "军绿"), "burgundy": ("酒红色", "枣红"),
        "brown": ("棕色", "咖色"), "tan": ("驼色", "焦糖色"),
    },
    "material": {
        "bamboo": ("竹制", "楠竹"), "oak": ("橡木", "白橡"), "walnut": ("胡桃木", "黑胡桃"), "acacia": ("相思木", "金合欢木"),
        "plastic": ("再生塑料", "环保塑料"), "steel": ("不锈钢", "精钢"), "ceramic": ("陶瓷", "瓷器"), "glass": ("玻璃", "高硼硅"),
        "silicone": ("硅胶", "食品级硅"), "cast_iron": ("铸铁", "生铁"), "aluminium": ("铝合金", "轻铝"), "copper_metal": ("纯铜", "紫铜"),
        "cotton": ("纯棉", "全棉"), "linen": ("亚麻", "麻布"), "bamboo_fibre": ("竹纤维", "竹棉"), "memory_foam": ("记忆棉", "慢回弹"),
        "down": ("鹅绒", "羽毛填充"), "wool": ("羊毛", "美利奴"), "fleece": ("摇粒绒", "抓绒"), "velvet": ("丝绒", "天鹅绒"),
        "polyester": ("涤纶", "聚酯纤维"), "leather": ("真皮", "牛皮"), "mesh": ("网布", "透气网"), "brass": ("黄铜", "古铜"),
        "rattan": ("藤编", "藤条"), "jute": ("黄麻", "剑麻"), "soy_wax": ("大豆蜡", "植物蜡"), "beeswax": ("蜂蜡", "蜜蜡"), "denim": ("牛仔布", "丹宁"),
        "cashmere": ("羊绒", "山羊绒"), "nylon": ("尼龙", "锦纶"), "silk": ("真丝", "桑蚕丝"), "canvas": ("帆布", "粗布"), "suede": ("麂皮", "磨砂皮"),
        "rubber": ("橡胶", "乳胶"), "cork": ("软木", "水松木"), "felt": ("毛毡", "羊毛毡"), "polycarbonate": ("聚碳酸酯", "硬壳"),
        "carbon": ("碳钢", "高碳钢"), "beech": ("榉木", "山毛榉"), "cardboard": ("纸板", "厚纸"), "terracotta_clay": ("红陶", "陶土"),
    },
    "size": {
        "small": ("小号", "迷你"), "medium": ("中号", "适中"), "large": ("大号", "加大"), "cm_20": ("20厘米", "20cm"), "cm_24": ("24厘米", "24cm"),
        "cm_28": ("28厘米", "28cm"), "ml_250": ("250毫升", "250ml"), "ml_350": ("350毫升", "350ml"), "ml_500": ("500毫升", "500ml"),
        "ml_750": ("750毫升", "750ml"), "l_1": ("1升", "1000ml"), "single": ("单人", "1.2米床"), "double": ("双人", "1.5米床"), "king": ("特大双人", "1.8米床"),
        "xs": ("XS码", "特小码"), "s": ("S码", "小码"), "m": ("M码", "中码"), "l": ("L码", "大码"), "xl": ("XL码", "特大码"), "kg_2": ("2公斤", "2kg"),
        "kg_5": ("5公斤", "5kg"), "kg_10": ("10公斤", "10kg"), "w_20": ("20瓦", "20w"), "w_45": ("45瓦", "45w"), "w_65": ("65瓦", "65w"),
        "mah_5000": ("5000毫安", "5000mah"), "mah_10000": ("10000毫安", "10000mah"), "mah_20000": ("20000毫安", "20000mah"),
        "ml_30": ("30毫升", "30ml"), "ml_50": ("50毫升", "50ml"), "ml_100": ("100毫升", "100ml"), "ml_400": ("400毫升", "400ml"),
        "pcs_100": ("100片", "一百片"), "pcs_500": ("500片", "五百片"), "pcs_1000": ("1000片", "一千片"),
    },
    "style": {
        "modern": ("现代", "当代"), "rustic": ("田园", "乡村风"), "minimalist": ("极简", "简约"), "vintage": ("复古", "怀旧"), "nordic": ("北欧", "斯堪的纳维亚"),
        "industrial": ("工业风", "阁楼风"), "bohemian": ("波西米亚", "民族风"), "classic": ("经典", "百搭"), "casual": ("休闲风", "日常"),
        "elegant": ("优雅", "气质"), "sporty": ("运动风", "活力"), "playful": ("趣味", "卡通"), "retro": ("怀旧风", "老派"),
    },
    "feature": {
        "non_slip": ("防滑", "止滑"), "reversible": ("双面", "两面用"), "dishwasher_safe": ("可机洗碗", "易清洁"), "ergonomic": ("人体工学", "舒适握感"),
        "compact": ("小巧", "省空间"), "stackable": ("可叠放", "堆叠"), "heat_resistant": ("耐高温", "耐热"), "foldable": ("可折叠", "折叠款"),
        "non_stick": ("不粘", "不沾"), "adjustable": ("可调节", "多档"), "rechargeable": ("充电式", "可充电"), "insulated": ("保暖", "加厚"),
        "fast_boiling": ("速热", "快煮"), "machine_washable": ("可机洗", "好打理"), "hypoallergenic": ("低敏", "敏感肌"), "breathable": ("透气", "清爽"),
        "cooling": ("凉感", "冰凉"), "quick_dry": ("速干", "快干"), "waterproof": ("防水", "防泼水"), "dimmable": ("可调光", "氛围"),
        "wireless": ("无线", "蓝牙"), "handmade": ("手工", "匠人"), "vegan": ("纯素", "零残忍"), "organic": ("有机", "环保"),
        "wrinkle_free": ("免烫", "抗皱"), "stretch": ("弹力", "高弹"), "lightweight": ("轻便", "超轻"), "leakproof": ("防漏", "密封"),
        "noise_cancelling": ("降噪", "隔音"), "fast_charging": ("快充", "闪充"), "fragrance_free": ("无香", "无香精"), "self_watering": ("自动吸水", "懒人浇水"),
    },
    "audience": {"women": ("女士", "女款"), "men": ("男士", "男款"), "unisex": ("中性", "男女同款"), "kids": ("儿童", "小孩")},
    "scent": {
        "lavender_scent": ("薰衣草香", "薰衣草味"), "citrus": ("柑橘香", "佛手柑"), "vanilla": ("香草味", "奶香"), "sandalwood": ("檀香", "雪松"),
        "rose": ("玫瑰香", "花香"), "eucalyptus": ("桉树香", "薄荷味"), "unscented": ("无味", "零香味"),
    },
}
WIDER = {
    "实木": ("material", ("oak", "walnut", "acacia", "beech")), "木质": ("material", ("bamboo", "oak", "walnut", "acacia", "beech")),
    "金属": ("material", ("steel", "cast_iron", "aluminium", "copper_metal", "brass", "carbon")),
    "布艺": ("material", ("cotton", "linen", "velvet", "polyester", "canvas")),
    "深色": ("colour", ("black", "navy", "charcoal", "graphite", "walnut_brown")), "莫兰迪": ("colour", ("blush", "sage", "lavender")),
    "大地色": ("colour", ("terracotta", "mustard", "olive", "brown", "tan", "beige")), "便携": ("feature", ("foldable", "compact", "lightweight")),
}
BRANDS = {
    "kitchen": ("诺玛", "木与白", "川禾", "Halden", "小炊烟", "铜釜", "知味", "灶台记"),
    "home": ("知野", "栖木", "Fjordlys", "诺玛", "半日闲", "素居", "云间", "Casa Ombra", "暖屿"),
    "clothing": ("棉语", "素裳", "Maren", "北线", "衣间", "林栖", "Solveig", "潮汐"),
    "shoes_bags": ("行迹", "Strada", "远足记", "素裳", "皮匠坊", "Nomad", "步履"),
    "sports": ("峰线", "Kinetik", "野行", "跃动", "Trailhead", "营火"),
    "electronics": ("声界", "Voltaro", "极讯", "Auric", "像素方", "星核"),
    "beauty": ("花间集", "Verdant", "雪肌", "草木方", "Maison Lune", "润泽"),
    "kids": ("小蕨", "Pogo", "童木", "云朵屋", "萌芽"),
    "garden_pets": ("绿手指", "爪印", "根语", "Barkley", "蓟草"),
}
LINES = (
    "星野", "山岚", "初雪", "海盐", "拾光", "林间", "清和", "暮色", "晨曦", "青禾", "听雨", "归园", "流云", "白露", "霜降", "惊蛰",
    "南枝", "长风", "浅草", "月白", "竹里", "松间", "扶光", "望舒", "朝颜",
)
TITLES = (
    "{brand} |{line}|{audience}|{material}|{scent}|{noun}| {size}| {colour}",
    "{brand} |{line}|{style}|{audience}|{noun}| {scent}| {material}| {colour}| {size}",
    "{brand} |{line}|{feature}|{audience}|{material}|{noun}| {colour}| {size}| {scent}",
    "{brand} |{line}|{colour}|{audience}|{feature}|{scent}|{noun}| {size}",
)
DESCRIPTIONS = (
    "这款|{style}|{synonym}|采用{material}材质|，{colour}|，{size}|，带有{scent}|。",
    "{scent}|{synonym}|，{style}设计|，{material}打造|，{colour}|，{size}|。",
    "一款|{feature}|{synonym}|，选用{material}|，{scent}|，{colour}|。",
)
QUERIES = (
    ("{type}", 0.28), ("{colour}{type}", 0.11), ("{material}{type}", 0.13), ("{feature}{type}", 0.10), ("{style}{type}", 0.07),
    ("{brand}{type}", 0.07), ("{audience}{type}", 0.07), ("{type} {size}", 0.04), ("{scent}{type}", 0.03),
    ("{colour}{material}{type}", 0.05), ("{audience} {colour} {type}", 0.03), ("{colour} {material}", 0.02), ("{brand}", 0.02),
)
FEATURE_SENTENCES = {
    "non_slip": "表面防滑，放得稳。", "reversible": "正反两面都能用。", "dishwasher_safe": "可直接放入洗碗机。", "ergonomic": "贴合手感，久用不累。",
    "compact": "体积小，不占地方。", "stackable": "可层层叠放，节省空间。", "heat_resistant": "耐得住高温。", "foldable": "不用时折叠收好。",
    "non_stick": "不粘易洗，几秒搞定。", "adjustable": "随心调节，适合不同需要。", "rechargeable": "USB充电，续航数周。", "insulated": "长时间保持温度。",
    "fast_boiling": "三分钟即可烧开。", "machine_washable": "可直接放入洗衣机。", "hypoallergenic": "温和测试，敏感肌也放心。", "breathable": "透气不闷热。",
    "cooling": "整夜清凉。", "quick_dry": "干得快一半。", "waterproof": "大雨也不怕。", "dimmable": "亮度随心调节。", "wireless": "告别线缆，一秒配对。",
    "handmade": "小作坊手工制作，件件略有不同。", "vegan": "不含任何动物成分。", "organic": "从原料到成品均获有机认证。", "wrinkle_free": "不用熨烫也平整。",
    "stretch": "活动自如不紧绷。", "lightweight": "轻到忘记它的存在。", "leakproof": "倒置也不漏。", "noise_cancelling": "隔绝车厢与办公室的嘈杂。",
    "fast_charging": "二十分钟充到一半。", "fragrance_free": "不添加香精。", "self_watering": "内置储水，省心养护。",
}
MATERIAL_SENTENCES = {
    "bamboo": "竹材生长快又耐用。", "oak": "实心橡木，纹理清晰。", "walnut": "深色胡桃木，手工上油。", "acacia": "纹理生动。", "plastic": "由回收瓶制成。",
    "steel": "不易生锈，天天可用。", "ceramic": "两次上釉烧制。", "glass": "通透的钢化玻璃。", "silicone": "柔软无异味。", "cast_iron": "厚重耐用，可传代。",
    "aluminium": "轻巧哑光表面。", "copper_metal": "导热均匀。", "cotton": "长绒棉，第一天就柔软。", "linen": "水洗工艺，垂感自然。", "bamboo_fibre": "丝滑微凉。",
    "memory_foam": "记住你的身形。", "down": "可追溯的优质填充。", "wool": "保暖不扎人。", "fleece": "厚实柔软。", "velvet": "绒面细密有光泽。",
    "polyester": "耐磨好打理。", "leather": "越用越有味道。", "mesh": "关键部位更透气。", "brass": "温润的金属光泽。", "rattan": "天然藤条编织。", "jute": "结实的植物纤维。",
    "soy_wax": "清洁燃烧四十小时。", "beeswax": "来自本地养蜂人。", "denim": "越穿越软的厚实面料。", "cashmere": "轻盈而温暖。", "nylon": "抗撕裂面料。",
    "silk": "贴肤顺滑。", "canvas": "结实耐磨的棉质织物。", "suede": "触感细腻。", "rubber": "天然胶质，抓地有力。", "cork": "不伐树即可采收。",
    "felt": "厚实定型。", "polycarbonate": "坚固外壳，不怕磕碰。", "carbon": "锋利持久。", "beech": "光滑的欧洲木材。", "cardboard": "植物油墨印刷。",
    "terracotta_clay": "会呼吸的烧制陶器。",
}
USES = {
    "prep": ("为小厨房和慢周末而做。", "适合天天下厨的人。"), "cookware": ("从快手早餐到慢火炖菜。", "明火电磁炉都适用。"),
    "coffee_tea": ("献给一天的第一杯。", "午后的安静时光。"), "bedding": ("四季好眠。", "让床成为家里最舒服的地方。"),
    "bath": ("把浴室变成小型水疗馆。", "适合慢悠悠的清晨。"), "furniture": ("小户型也能装下大计划。", "安装简单，经久耐用。"),
    "lighting": ("温暖漫长的夜晚。", "点亮昏暗的角落。"), "decor": ("小小改变，焕然一新。", "送礼总有合适的位置。"),
    "tops": ("每天都能穿的单品。", "百搭不挑人。"), "bottoms": ("从早到晚都合身。", "走路久坐都舒服。"),
    "outerwear": ("抵御风雨，陪你回家。", "从十月穿到四月。"), "accessories": ("点睛之笔。", "寒冷季节的贴心礼物。"),
    "shoes": ("第一步就舒适。", "城市乡间都能走。"), "bags": ("装得下一天或一周。", "口袋都在顺手的位置。"),
    "fitness": ("在家或公园都能练。", "帮你养成习惯。"), "camping": ("星空下的夜晚。", "几分钟收好，随时出发。"),
    "cycling": ("通勤与周末骑行。", "看得见才安全。"), "audio": ("音乐通话都清晰。", "低音饱满不轰鸣。"),
    "computing": ("整洁的工作台。", "让长时间办公更轻松。"), "mobile": ("电量不足时的依靠。", "适合通勤和常出差的人。"),
    "skin_care": ("吸收快，自然光泽。", "早晚都能用。"), "hair_body": ("每天的小享受。", "全天清新。"),
    "toys": ("雨天也能玩很久。", "适合三岁以上好奇的小手。"), "nursery": ("给家里最小的成员。", "柔软安全，惹人喜爱。"),
    "garden": ("适合阳台与窗台。", "每个季节的户外乐趣。"), "pets": ("宠物开心，家里整洁。", "经过挑剔的毛孩子测试。"),
}
# fmt: on

CHINESE = Vocabulary(
    locale="zh",
    currency="CNY",
    price_scale=7.0,
    departments=DEPARTMENTS,
    sections=SECTIONS,
    types=TYPES,
    plural=frozenset(),
    facets={
        "colour": "颜色", "material": "材质", "size": "规格", "style": "风格", "feature": "特点", "audience": "人群", "scent": "香型",
    },
    values=VALUES,
    wider=WIDER,
    brands=BRANDS,
    lines=LINES,
    titles=TITLES,
    descriptions=DESCRIPTIONS,
    queries=QUERIES,
    feature_sentences=FEATURE_SENTENCES,
    material_sentences=MATERIAL_SENTENCES,
    uses=USES,
    agreement=({}, {}),
)  # fmt: skip
