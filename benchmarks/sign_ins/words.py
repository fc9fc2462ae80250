"""What sign-in pages say, in twelve languages, and how buttons say "continue with" somebody."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Words(Struct, frozen=True):
    """Title, greeting, name and password fields, button, forgotten, new here, and a button with somebody."""

    title: str
    greeting: str
    user: str
    secret: str
    button: str
    forgot: str
    join: str
    by: str


ENGLISH: Final = (
    Words("Sign in to {b}", "Welcome back to {b}", "Email or phone", "Password", "Sign in",
          "Forgot your password?", "New to {b}? Create an account", "Continue with {b}"),
    Words("{b} - Log in", "Log in to {b}", "Username", "Password", "Log in", "Can't log in?",
          "Don't have an account? Sign up", "Log in with {b}"),
    Words("{b} | Welcome", "Good to see you again", "Your {b} name", "Your password", "Next",
          "Lost your password", "Join {b} for free", "Sign in using {b}"),
    Words("{b}", "Hello again", "E-mail address", "Passphrase", "Enter", "I forgot it", "Get {b}",
          "Sign in via {b}"),
)  # fmt: skip
OTHERS: Final = {
    "de": Words("Bei {b} anmelden", "Willkommen zurück bei {b}", "E-Mail oder Telefon", "Passwort",
                "Anmelden", "Passwort vergessen?", "Neu bei {b}? Konto anlegen", "Mit {b} anmelden"),
    "fr": Words("Connexion à {b}", "Bon retour sur {b}", "Adresse e-mail", "Mot de passe", "Se connecter",
                "Mot de passe oublié ?", "Créer un compte {b}", "Se connecter avec {b}"),
    "es": Words("Inicia sesión en {b}", "Te damos la bienvenida a {b}", "Correo electrónico", "Contraseña",
                "Entrar", "¿Olvidaste tu contraseña?", "Crea tu cuenta de {b}", "Continuar con {b}"),
    "pt": Words("Entrar no {b}", "Boas-vindas de volta ao {b}", "E-mail ou telefone", "Senha", "Entrar",
                "Esqueceu a senha?", "Criar conta no {b}", "Entrar com o {b}"),
    "it": Words("Accedi a {b}", "Bentornato su {b}", "Indirizzo e-mail", "Password", "Accedi",
                "Password dimenticata?", "Iscriviti a {b}", "Accedi con {b}"),
    "pl": Words("Zaloguj się do {b}", "Witaj ponownie w {b}", "E-mail lub telefon", "Hasło", "Zaloguj się",
                "Nie pamiętasz hasła?", "Załóż konto {b}", "Zaloguj się przez {b}"),
    "ru": Words("Вход в {b}", "С возвращением в {b}", "Почта или телефон", "Пароль", "Войти",
                "Забыли пароль?", "Создать аккаунт {b}", "Войти через {b}"),
    "tr": Words("{b} hesabına giriş", "{b} sitesine hoş geldiniz", "E-posta", "Şifre", "Giriş yap",
                "Şifreni mi unuttun?", "{b} hesabı aç", "{b} ile devam et"),
    "zh": Words("登录 {b}", "欢迎回到 {b}", "邮箱或手机号", "密码", "登录", "忘记密码?",
                "注册 {b}", "使用 {b} 登录"),
    "ar": Words("تسجيل الدخول إلى {b}", "مرحبا بعودتك إلى {b}", "البريد الإلكتروني", "كلمة المرور", "دخول",
                "نسيت كلمة المرور؟", "أنشئ حساب {b}", "الدخول باستخدام {b}"),
    "id": Words("Masuk ke {b}", "Selamat datang kembali di {b}", "Email atau telepon", "Kata sandi", "Masuk",
                "Lupa kata sandi?", "Daftar {b}", "Lanjutkan dengan {b}"),
}  # fmt: skip
