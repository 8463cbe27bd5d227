"""What may be wrong with a template package, in both languages: code -> (what, how to mend it)."""

from __future__ import annotations

from huichang.kernel.language import both
from huichang.pages.packages.model import TemplateProblem

_SAID: dict[str, tuple[str, str, str, str]] = {
    # archive
    "no_zip": ("这不是 ZIP 文件", "it is no ZIP file", "把模板文件夹压缩成 .zip 再上传", "zip the package's folder and upload the .zip"),
    "zip_too_large": ("压缩包有 {size} 字节，最多 {most}", "the ZIP has {size} bytes; at most {most}", "只放模板的文本文件", "keep only the package's text files in it"),
    "too_many_files": ("有 {size} 个文件，最多 {most} 个", "it has {size} files; at most {most}", "合并或删除文件", "merge or remove files"),
    "file_too_large": ("解压后超过 {most} 字节", "it unpacks to more than {most} bytes", "删减内容；照片不放进模板", "cut it down; photographs do not belong into a template"),
    "package_too_large": ("全部解压后超过 {most} 字节", "all files together unpack to more than {most} bytes", "删减内容", "cut it down"),
    "bad_path": ("路径 {path} 指向包外，或不是普通文件名", "the path {path} leads outside the package, or is no plain file name", "使用小写字母、数字、- 和 _，最多一层文件夹", "use small letters, digits, - and _, and at most one folder"),
    "symlink": ("这是一个符号链接", "it is a symbolic link", "放入文件本身", "put the file itself in"),
    "encrypted": ("文件加了密", "the file is encrypted", "不加密码重新压缩", "zip it without a password"),
    "damaged": ("文件损坏，无法解压", "it is damaged and cannot be unpacked", "重新压缩", "zip it again"),
    "doubled": ("文件名出现了两次", "the name occurs twice", "只留一个", "keep one of them"),
    "unknown_file": ("模板包里没有这种文件", "a package has no such file", "只放 {known}", "keep only {known}"),
    "not_text": ("不是 UTF-8 文本", "it is no UTF-8 text", "另存为 UTF-8", "save it as UTF-8"),
    "missing_file": ("缺少这个文件", "the file is missing", "加上 {path}；格式见 docs/page-templates.md", "add {path}; docs/page-templates.md says what stands in it"),
    # manifest
    "no_yaml": ("不是 YAML", "it is no YAML", "检查缩进、冒号和引号", "mind indentation, colons and quotes"),
    "manifest_key": ("{key}：{said}", "{key}: {said}", "按 docs/page-templates.md 修改", "docs/page-templates.md says what may stand here"),
    "unknown_key": ("没有 {key} 这个键", "nobody reads the key {key}", "删掉它，或改正拼写", "remove it, or mend its spelling"),
    "missing_key": ("缺少 {key}", "{key} is missing", "加上它", "add it"),
    "manifest_rule": ("{said_zh}", "{said}", "按 docs/page-templates.md 修改", "docs/page-templates.md says what may stand here"),
    "missing_slot": ("缺少必需的槽位 {slot}", "the required slot {slot} is missing", "在 components 里加上它，required 为 true", "add it to components, required"),
    "unknown_slot": ("页面没有 {slot} 的位置", "a page has no place for the slot {slot}", "可用的槽位：{known}", "the slots there are: {known}"),
    "unused_slot": ("布局没有用到槽位 {slot}", "no layout uses the slot {slot}", "在 {path} 中显示它，或从清单中删掉", "show it in {path}, or remove it from the manifest"),
    "must_lock": ("区域 {region} 必须锁定", "the region {region} must be locked", "把它写进 locked_regions", "name it in locked_regions"),
    "region_twice": ("区域 {region} 写了两次", "the region {region} is named twice", "只留一处", "keep one of them"),
    "region_holds": ("区域 {region} 包含未知的 {slot}", "the region {region} holds {slot}, which is no slot of the manifest", "写 floors 或清单里的槽位，如 hero.slogan", 'write floors, or a slot of the manifest such as hero.slogan'),
    "locked_words": ("锁定区域 {region} 的 {slot} 没有中英文固定文案", "{slot} of the locked region {region} has no words in zh and en", "在 words 里写上中英文", "write them under words, in zh and en"),
    "locked_long": ("{slot} 的固定文案超过 {most} 个字符", "the words of {slot} are longer than {most} letters", "写短些", "write them shorter"),
    "locked_picture": ("锁定区域 {region} 里的图片槽位 {slot} 无法填充", "nothing could fill the picture slot {slot} of the locked region {region}", "把图片移出锁定区域", "take the picture out of the locked region"),
    "locked_floor": ("{slot} 对每个楼层相同，不能锁定", "{slot} would read the same on every floor and cannot be locked", "改为锁定 floors", "lock floors instead"),
    "region_missing": ("渲染后的页面里没有区域 {region}", "the rendered page has no region {region}", "在它的元素上写 data-region=\"{region}\"", 'write data-region="{region}" on its element'),
    "region_leaks": ("锁定区域 {region} 显示了运营或模型能改的 {slot}", "the locked region {region} shows {slot}, which people and models write", "把它移到区域外", "take it out of the region"),
    # layout
    "syntax": ("Jinja 语法错误：{said}", "no valid Jinja: {said}", "修改这一行", "mend this line"),
    "tag": ("不允许的标签 {tag}", "the tag {tag} is not allowed", "可用：for、if、set、macro、import、include、extends、block", "use for, if, set, macro, import, include, extends, block"),
    "filter": ("不允许的过滤器 {tag}", "the filter {tag} is not allowed", "可用：{known}", "use {known}"),
    "call": ("不允许调用 {tag}", "{tag} must not be called", "可以调用自己的宏、_parts 的宏，以及 {known}", "call your own macros, those of _parts, and {known}"),
    "name": ("不允许的名称 {tag}", "the name {tag} is not allowed", "模板只能用 page、t 等文档里列出的变量", "a template sees page, t and what docs/page-templates.md lists"),
    "endless": ("{tag} 可能没有尽头", "{tag} may never end", "对 page 里的列表循环，不用 range 和递归", "loop over the lists of page, without range and recursion"),
    "deep": ("循环嵌套了 {size} 层，最多 {most} 层", "loops are nested {size} deep; at most {most}", "减少嵌套", "nest less"),
    "outside_file": ("引用了包外的 {path}", "it refers to {path}, outside the package", "只引用包内的文件和 _parts/ 下的文件", "refer to files of the package and to those of _parts/"),
    "no_such_file": ("包里没有 {path}", "the package has no {path}", "加上它，或改正名称", "add it, or mend the name"),
    "circle": ("文件循环引用：{path}", "files include each other in a circle: {path}", "断开循环", "break the circle"),
    "computed_file": ("引用的文件名是算出来的", "the name of the file is computed", "直接写文件名", "write the name itself"),
    "script": ("含有脚本", "it holds a script", "删掉；页面的脚本来自 parts.ending()", "remove it; the page's script comes with parts.ending()"),
    "handler": ("含有事件处理属性 {tag}", "it holds the event handler {tag}", "删掉这个属性", "remove the attribute"),
    "inline_style": ("含有 style 属性或元素", "it holds a style attribute or element", "写进 style.css", "write it into style.css"),
    "foreign_element": ("不允许的元素 <{tag}>", "the element <{tag}> is not allowed", "删掉它", "remove it"),
    "outside": ("引用了外部地址 {path}", "it refers to the outside address {path}", "只用页面数据里的地址和 #锚点", "use addresses of the page's data and #anchors only"),
    # style
    "css_outside": ("样式引用了外部内容：{path}", "the style refers to something outside: {path}", "删掉它；只能用 url(#…)", "remove it; only url(#…) may stay"),
    "css_active": ("样式含有不允许的 {path}", "the style holds {path}, which is not allowed", "删掉它", "remove it"),
    # sample and rendering
    "sample": ("样例数据不能用：{key}：{said}", "the sample data cannot be used: {key}: {said}", "照现有模板的 sample.json 写", "write it as another package's sample.json"),
    "render": ("用样例渲染失败（{variant}）：{said}", "it does not render ({variant}): {said}", "修改这一行", "mend this line"),
    "budget": ("渲染超出了预算（{variant}）：{said}", "rendering exceeds its budget ({variant}): {said}", "减少循环和输出", "loop less and write less"),
    "page": ("样例页面没有通过检查（{variant}，{place}）：{said}", "the sample's page does not pass ({variant}, {place}): {said}", "修改布局", "mend the layout"),
    "pixels": ("样例页面在浏览器里没有通过检查（{place}）：{said}", "the sample's page does not pass in a browser ({place}): {said}", "修改布局或样式", "mend the layout or the style"),
    "words": ("{said_zh}", "{said}", "{mend_zh}", "{mend}"),
}  # fmt: skip


def problem(code: str, file: str, line: int = 0, **values: object) -> TemplateProblem:
    """The problem of this code, its sentences filled in."""
    zh, en, mend_zh, mend_en = (sentence.format(**values) for sentence in _SAID[code])
    return TemplateProblem(code=code, file=file, line=line, what=both(zh, en), mend=both(mend_zh, mend_en))
